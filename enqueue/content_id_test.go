package enqueue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
)

// spelled are two spellings of one campaign, and one of another.
const (
	inParis = `{"list_name":"l","text":"STOP au 30101","type":"sms_premium","purpose":"wholesale","send_at":"2030-12-03T10:00:00+01:00","window":"08:00-20:00  Europe/Paris"}`
	inUTC   = `{"list_name":"l","text":"STOP au 30101","type":"sms_premium","purpose":"wholesale","send_at":"2030-12-03T09:00:00Z","window":"08:00-20:00 Europe/Paris","account":"default"}`
	later   = `{"list_name":"l","text":"STOP au 30101","type":"sms_premium","purpose":"wholesale","send_at":"2030-12-03T10:00:00Z","window":"08:00-20:00 Europe/Paris"}`
)

// The ids that octoq made of them when ids were made of the spelling.
const (
	oldParis = "auto-d039ee9279bb4ad2ea2d005fac90dc51"
	oldUTC   = "auto-bb681b59b6befe8a918995693d68fbeb"
)

func named(t *testing.T, lines ...string) []campaign.Campaign {
	t.Helper()
	var all []campaign.Campaign
	for item := range enqueue.JSONLines(strings.NewReader(strings.Join(lines, "\n")), enqueue.NameByContent) {
		if item.Err != nil {
			t.Fatal(item.Err)
		}
		all = append(all, item.Campaign)
	}
	return all
}

func TestNameByContent(t *testing.T) {
	t.Parallel()
	all := named(t, inParis, inUTC, later)
	if all[0].ID != all[1].ID || all[1].ID != oldUTC {
		t.Errorf("got %s and %s, want one id for two spellings, and that of UTC as it was: %s", all[0].ID, all[1].ID, oldUTC)
	}
	if all[2].ID == all[0].ID {
		t.Errorf("got %s for another moment, too", all[2].ID)
	}
	if c, err := enqueue.NameByContent(order("own")); err != nil || c.ID != "own" {
		t.Errorf("got %q, %v, want an id that is given to stay", c.ID, err)
	}
	reference := named(t, inUTC)[0]
	for name, change := range map[string]func(*campaign.Campaign){
		"account": func(c *campaign.Campaign) { c.Account = "other" },
		"window":  func(c *campaign.Campaign) { c.Window = "off" },
		"text":    func(c *campaign.Campaign) { c.Text += "." },
		"send_at": func(c *campaign.Campaign) { c.SendAt = c.SendAt.Add(time.Second) },
	} {
		c := reference
		c.ID = ""
		change(&c)
		if got, err := enqueue.NameByContent(c); err != nil || got.ID == reference.ID {
			t.Errorf("another %s: got %s, %v, want another id", name, got.ID, err)
		}
	}
}

// A file that an older octoq began goes on under the ids which that one made,
// wherever its campaigns are by now, and no campaign of it is enqueued twice.
func TestOldContentIDsStay(t *testing.T) {
	t.Parallel()
	for name, began := range map[string]func(*testing.T, *world){
		"queued":   func(*testing.T, *world) {},
		"recorded": func(t *testing.T, w *world) { t.Helper(); w.move(t, oldParis, campaign.StateCreating) },
		"sent":     func(t *testing.T, w *world) { t.Helper(); w.move(t, oldParis, campaign.StateSent) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, redistest.Start(t).Client())
			old := named(t, inParis)[0]
			old.ID = oldParis
			w.enqueue(t, old)
			began(t, w)
			var got []string
			for r, err := range w.client.EnqueueAll(t.Context(), slices.Values(named(t, inParis, later, inUTC))) {
				duplicate, twice := errors.AsType[*campaign.DuplicateError](err)
				if twice && (!duplicate.Same || duplicate.ID != r.ID) || err != nil && !twice {
					t.Errorf("got %v for %s, want the same campaign or none", err, r.ID)
				}
				if twice {
					got = append(got, r.ID)
				}
			}
			if !slices.Equal(got, []string{oldParis, oldParis}) {
				t.Errorf("got %v known, want the first and the last as %s", got, oldParis)
			}
			records, err := w.client.Get(t.Context(), "", named(t, inParis)[0].ID)
			if !errors.Is(err, campaign.ErrNotFound) {
				t.Errorf("under its new id: got %+v, %v, want nothing there", records, err)
			}
		})
	}
}

// An id that a producer gave is never mistaken for one that octoq made.
func TestGivenIDsAreNotSpelledOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t, redistest.Start(t).Client())
	old := named(t, inParis)[0]
	old.ID = oldParis
	w.enqueue(t, old)
	given := old
	given.ID = "auto-mine"
	w.enqueue(t, given)
	if got := w.waiting(t, campaign.StageCreate); !slices.Contains(got, "auto-mine") {
		t.Errorf("got %v queued, want auto-mine among them", got)
	}
}
