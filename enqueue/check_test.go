package enqueue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// Check refuses what EnqueueAll refuses, in the same words, and asks Redis
// nothing.
func TestCheckIsWhatEnqueueAllRefuses(t *testing.T) {
	t.Parallel()
	at := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		change func(*campaign.Campaign)
		opts   []enqueue.Option
		want   string
	}{
		"fine":              {func(*campaign.Campaign) {}, nil, ""},
		"without an id":     {func(c *campaign.Campaign) { c.ID = "" }, nil, ""},
		"invalid":           {func(c *campaign.Campaign) { c.Text = "" }, nil, "text"},
		"expires before":    {func(c *campaign.Campaign) { c.ExpiresAt = at.Add(-time.Hour) }, []enqueue.Option{enqueue.At(at)}, "expires_at"},
		"no such zone":      {func(c *campaign.Campaign) { c.Window = "08:00-20:00 Mars/Phobos" }, nil, "window"},
		"no such country":   {func(c *campaign.Campaign) { c.Window = "08:00-20:00 UTC holidays=XX" }, nil, "window"},
		"durable, no id":    {func(c *campaign.Campaign) { c.ID = "" }, []enqueue.Option{enqueue.Durable()}, "id"},
		"an option's fault": {func(*campaign.Campaign) {}, []enqueue.Option{enqueue.At(time.Time{})}, "At needs a time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onMini(t)
			c := order("a")
			tt.change(&c)
			before := w.mini.CommandCount()
			err := w.client.Check(c, tt.opts...)
			if n := w.mini.CommandCount() - before; n != 0 {
				t.Errorf("commands to Redis: got %d, want none", n)
			}
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v, want it fine", err)
				}
				return
			}
			_, want := w.client.Enqueue(t.Context(), c, tt.opts...)
			if err == nil || want == nil || err.Error() != want.Error() || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %v, about %s", err, want, tt.want)
			}
		})
	}
}

// A line that a rule refuses is refused like any other: with its number, its
// faults and what was read. What a rule completes is completed.
func TestReadHeedsRules(t *testing.T) {
	t.Parallel()
	client := onMini(t).client
	name := func(c campaign.Campaign) (campaign.Campaign, error) {
		if c.ID == "" {
			c.ID = "named"
		}
		return c, nil
	}
	check := func(c campaign.Campaign) (campaign.Campaign, error) {
		if c.ID == "odd" {
			return c, errors.New("is odd")
		}
		return c, client.Check(c, enqueue.Durable())
	}
	for file, in := range map[string]string{
		"c.jsonl": `{"list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}` + "\n" +
			`{"id":"b","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","window":"08:00-20:00 Mars/Phobos"}` + "\n" +
			`{"id":"odd","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}` + "\n",
		"c.csv": "id,list_name,text,type,purpose,window\n,l,x,sms_premium,alert,\nb,l,x,sms_premium,alert,08:00-20:00 Mars/Phobos\nodd,l,x,sms_premium,alert,\n",
	} {
		items, err := enqueue.Read(file, strings.NewReader(in), name, check)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Collect(items)
		if len(got) != 3 || got[0].Err != nil || got[0].Campaign.ID != "named" {
			t.Fatalf("%s: got %+v, want the first named and two more", file, got)
		}
		var refused *enqueue.LineError
		if !errors.As(got[1].Err, &refused) || refused.Line != got[1].Line || refused.ID != "b" || len(refused.Faults) != 1 || refused.Faults[0].Field != "window" {
			t.Errorf("%s: got %v, want the line, its id and its fault", file, got[1].Err)
		}
		if reject := string(got[1].Reject()); !strings.Contains(reject, "no time zone") || !strings.Contains(reject, "sms_premium") {
			t.Errorf("%s: got the reject %q, want the reason and the line", file, reject)
		}
		if err := got[2].Err; !errors.Is(err, campaign.ErrInvalid) || !strings.Contains(err.Error(), "is odd") {
			t.Errorf("%s: got %v, want the rule's error as a fault", file, err)
		}
	}
}
