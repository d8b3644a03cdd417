package enqueue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Filter says what List lists: campaigns that fit all of it.
type Filter struct {
	// Account is "default" when empty.
	Account string
	// State, or all of them when empty.
	State campaign.State
	// States are several, instead of State.
	States []campaign.State
	// Labels are those that a campaign has, and others may be beside them.
	Labels map[string]string
	// ListName and TagName are its recipients, IDPrefix is how its id begins, and IDPart
	// stands anywhere in it.
	ListName, TagName, IDPrefix, IDPart string
	// FailureClass is why it is dead.
	FailureClass campaign.FailureClass
	// Since and Until say when it was enqueued, Until being the first moment that is
	// too late. The zero time is no bound.
	Since, Until time.Time
	// Within is how long a page may take to look for what Redis has no index of; it
	// takes one step of 250 records at least. 0 is until the page is full.
	Within time.Duration
	// Cursor is "" for the first page, then Page.Next.
	Cursor string
	// Limit is how many records a page holds at most, 100 by default and at most 1,000.
	Limit int
}

func (f Filter) withDefaults() (Filter, error) {
	f.Account = named(f.Account)
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.State != "" {
		f.States = append(slices.Clone(f.States), f.State)
	}
	switch {
	case f.Limit < 0 || f.Limit > maxLimit:
		return f, fmt.Errorf("%w: a page holds 1 to %d campaigns, not %d", campaign.ErrInvalid, maxLimit, f.Limit)
	case !campaign.ValidAccount(f.Account):
		return f, fmt.Errorf("%w: %q is no account", campaign.ErrInvalid, f.Account)
	case f.IDPrefix != "" && !campaign.ValidID(f.IDPrefix):
		return f, fmt.Errorf("%w: no id begins with %q", campaign.ErrInvalid, f.IDPrefix)
	case f.IDPart != "" && !campaign.ValidID(f.IDPart):
		return f, fmt.Errorf("%w: no id contains %q", campaign.ErrInvalid, f.IDPart)
	case f.FailureClass != "" && !slices.Contains(record.FailureClasses(), f.FailureClass):
		return f, fmt.Errorf("%w: %q is no class of failure; the classes are %q", campaign.ErrInvalid, f.FailureClass, record.FailureClasses())
	}
	for _, s := range f.States {
		if !s.Valid() {
			return f, fmt.Errorf("%w: %q is no state; the states are %q", campaign.ErrInvalid, s, campaign.States())
		}
	}
	return f, nil
}

// indexed is the state whose index is read; "" for all of them. Of several, each
// campaign is looked at: it may move from one index to another between two looks.
func (f Filter) indexed() campaign.State {
	switch {
	case len(f.States) == 1:
		return f.States[0]
	case f.FailureClass != "" && len(f.States) == 0:
		return campaign.StateDead
	default:
		return ""
	}
}

// recorded reports whether the filter asks for none that wait in their queue: then that is
// not read, which takes a moment where many wait.
func (f Filter) recorded() bool {
	if state := f.indexed(); state != "" {
		return state != campaign.StateQueued
	}
	return len(f.States) > 0 && !slices.Contains(f.States, campaign.StateQueued)
}

// walks reports whether the filter asks for what Redis has no index of.
func (f Filter) walks() bool {
	return len(f.States) > 1 || len(f.Labels) > 0 || f.ListName+f.TagName+f.IDPrefix+f.IDPart != "" || f.FailureClass != "" ||
		!f.Since.IsZero() || !f.Until.IsZero()
}

// fits reports whether a record is what the filter asks for, but for when it was enqueued.
func (f Filter) fits(r campaign.Record) bool {
	c := r.Campaign
	switch {
	case len(f.States) > 0 && !slices.Contains(f.States, r.State):
		return false
	case f.ListName != "" && c.ListName != f.ListName, f.TagName != "" && c.TagName != f.TagName:
		return false
	case !strings.HasPrefix(c.ID, f.IDPrefix), !strings.Contains(c.ID, f.IDPart):
		return false
	case f.FailureClass != "" && (r.Failure == nil || r.Failure.Class != f.FailureClass):
		return false
	}
	for name, value := range f.Labels {
		if has, there := c.Labels[name]; !there || has != value {
			return false
		}
	}
	return true
}
