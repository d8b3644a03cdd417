package engine

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/record"
)

func TestAWarningComesOnceAMinute(t *testing.T) {
	t.Parallel()
	var s warnThrottle
	now := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after      time.Duration
		due        bool
		suppressed int
	}{{0, true, 0}, {time.Second, false, 0}, {59 * time.Second, false, 0}, {time.Minute, true, 2}, {61 * time.Second, false, 0}} {
		if due, suppressed := s.allow(now.Add(c.after)); due != c.due || suppressed != c.suppressed {
			t.Errorf("after %v: got %v, %d, want %v, %d", c.after, due, suppressed, c.due, c.suppressed)
		}
	}
}

// An API that is away is seen in the log at level info, at the first call, and
// not again with each that follows.
func TestAnAPIThatIsAwayIsSeen(t *testing.T) {
	t.Parallel()
	client, err := octopush.New(octopush.Config{BaseURL: "http://127.0.0.1:1", Login: "a@example.com", Key: "k"})
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	defer client.Close()
	var log bytes.Buffer
	a := &api{
		client: client, account: "shop", calls: newSemaphore(1, 0), throttle: &warnThrottle{}, now: time.Now,
		log:    zerolog.New(&log).Level(zerolog.InfoLevel),
		called: func(string, campaign.Call, record.Class, time.Duration) {},
	}
	for range 2 {
		a.Do(t.Context(), record.Request{Call: campaign.CallStatus, Campaign: campaign.Campaign{ID: "c-1"}, Ticket: "T1"})
	}
	for _, want := range []string{`"level":"warn"`, `"campaign_id":"c-1"`, `"class":"not_sent"`} {
		if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), want) {
			t.Errorf("got %q, want one line with %s", log.String(), want)
		}
	}
}
