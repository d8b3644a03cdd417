package stage

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// refused is a first create that could be read and is no valid campaign here.
func refused() lifecycle.RejectedTask {
	c := recordtest.Campaign()
	c.ID, c.Purpose, c.Labels = "refused", "news", map[string]string{"order": "4711"}
	rec := record.New(c, recordtest.Noon().Add(-time.Hour), recordtest.RunID)
	return lifecycle.RejectedTask{Account: c.Account, ID: c.ID, First: true, Fault: errors.New("purpose: alert or wholesale"), Record: &rec}
}

// A campaign that this worker's rules refuse, though its producer's did not, is kept
// whole, so that it can be corrected and replayed.
func TestRejectKeepsTheCampaign(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.drain(b.runner)
	j := refused()
	if res := b.runner.Reject(t.Context(), j); !res.Done {
		t.Fatalf("got %+v, want done", res)
	}
	r := b.redis.records[j.Account+"/"+j.ID]
	if !reflect.DeepEqual(r.Campaign, j.Record.Campaign) || !r.EnqueuedAt.Equal(j.Record.EnqueuedAt) || r.EnqueuedRunID != recordtest.RunID {
		t.Errorf("record: got %+v, enqueued at %v on %s, want all of what was enqueued", r.Campaign, r.EnqueuedAt, r.EnqueuedRunID)
	}
	if f := r.Failure; r.State != campaign.StateDead || f.Class != campaign.FailInvalid || f.Message != j.Fault.Error() || r.MaybeConfirmed {
		t.Errorf("got %s with %+v, want dead for the fault", r.State, f)
	}
	letter, there := b.redis.letter()
	if !there || !reflect.DeepEqual(*letter.letter, j.Record.Campaign) {
		t.Errorf("letter: got %+v, want the campaign", letter.letter)
	}
	b.c.ID = j.ID
	b.run(func(c *campaign.Campaign) { c.Purpose = campaign.PurposeWholesale })
	b.drain(b.runner)
	b.is("sent", 2)
}

// What could not be read is kept as it stood there; the message, for people,
// is kept short.
func TestRejectKeepsWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	unread := `{"v":1,"c":{"text":"` + strings.Repeat("Привет ", 4000) + `the end`
	j := lifecycle.RejectedTask{Account: b.c.Account, ID: "broken", First: true, Fault: errors.New("payload is not readable JSON"), Unread: unread}
	b.runner.Reject(t.Context(), j)
	r := b.redis.records[j.Account+"/"+j.ID]
	if r.State != campaign.StateDead || r.Unread != unread {
		t.Errorf("got %s with %d bytes of what it could not read, want all %d", r.State, len(r.Unread), len(unread))
	}
	if m := r.Failure.Message; !strings.Contains(m, j.Fault.Error()) || !strings.Contains(m, "Привет") || len(m) > 2100 {
		t.Errorf("message: got %d bytes, %.100q, want the fault and the beginning", len(m), m)
	}
}
