package record_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Times that contradict send_at are all that is let pass; the other faults are those
// of Validate, in its order.
func TestValidateQueued(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 6, 1, 9, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		change func(*campaign.Campaign)
		want   []string
	}{
		"only times against send_at": {func(*campaign.Campaign) {}, nil},
		"and two against each other": {func(c *campaign.Campaign) { c.ExpiresAt = at.Add(-3 * time.Hour) }, []string{"expires_at"}},
		"other faults around them": {func(c *campaign.Campaign) {
			c.Text, c.SendAt, c.Confirm = "", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "maybe"
		}, []string{"text", "send_at", "confirm"}},
	} {
		c := campaign.Campaign{
			ListName: "customers", Text: "Hello", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert,
			NotBefore: at.Add(-2 * time.Hour), ExpiresAt: at.Add(-time.Hour), SendAt: at,
		}
		tt.change(&c)
		all, some := fieldsOf(c.Validate()), fieldsOf(record.ValidateQueued(c))
		if diff := cmp.Diff(tt.want, some); diff != "" || len(all) != len(some)+1 {
			t.Errorf("%s: got %v of %v (-want +got):\n%s", name, some, all, diff)
		}
	}
}

// fieldsOf are the fields that a ValidationError names.
func fieldsOf(err error) []string {
	var fields []string
	if invalid, ok := errors.AsType[*campaign.ValidationError](err); ok {
		for _, f := range invalid.Faults {
			fields = append(fields, f.Field)
		}
	}
	return fields
}

// An edit says which fields it has changed, however they are spelled.
func TestEditNamesTheFieldsThatDiffer(t *testing.T) {
	t.Parallel()
	c := campaign.Campaign{ID: "a", Account: "shop", ListName: "l", Window: "08:00-20:00 UTC", Labels: map[string]string{"shop": "3"}}
	r := record.New(c, time.Time{}, "")
	r.State = campaign.StateDead
	c.Window = " 08:00-20:00  UTC"
	if _, entries, err := r.Edit(c, "ann"); err != nil || len(entries) > 0 {
		t.Errorf("another spelling: got %v, %v, want no entry", entries, err)
	}
	c.ListName, c.TagName, c.MaxCost, c.Labels = "", "t", 1, nil
	if _, entries, err := r.Edit(c, "ann"); err != nil || len(entries) != 1 || entries[0].Why != "list_name, tag_name, max_cost, labels" {
		t.Errorf("got %v, %v, want the four fields", entries, err)
	}
}

// The producer of a campaign is its author, and so is each editor of its letter, once each.
func TestAnEditorIsAnAuthor(t *testing.T) {
	t.Parallel()
	r := record.New(campaign.Campaign{ID: "a", Account: "default", Text: "one"}, time.Time{}, "")
	r.State, r.EnqueuedBy, r.Authors = campaign.StateDead, "token:shop", record.SoleAuthor("token:shop")
	before := r
	for _, edit := range [][2]string{{"two", "user:anna"}, {"three", "user:ben"}, {"four", "user:anna"}, {"four", "user:eve"}} {
		c := r.Campaign
		c.Text = edit[0]
		var err error
		if r, _, err = r.Edit(c, edit[1]); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"token:shop", "user:anna", "user:ben"}; !slices.Equal(r.Authors, want) || r.EnqueuedBy != "token:shop" {
		t.Errorf("got %q, enqueued by %q, want %q: an edit that changes nothing makes no author", r.Authors, r.EnqueuedBy, want)
	}
	if len(before.Authors) != 1 {
		t.Errorf("the record before: got %q, want it unchanged", before.Authors)
	}
}

// An honest repeat of what was enqueued is the same, before its letter was edited and
// afterwards; so is what the edit made of it. Anything else names its fields.
func TestARepeatIsTheSameAfterAnEdit(t *testing.T) {
	t.Parallel()
	asked := campaign.Campaign{ID: "a", Account: "default", ListName: "l", Text: "one"}
	r := record.New(asked, time.Time{}, "")
	r.State = campaign.StateDead
	edited, again := asked, asked
	edited.Text, again.Text, again.ListName = "two", "three", "other"
	for _, text := range []campaign.Campaign{edited, again} {
		var err error
		if r, _, err = r.Edit(text, "user:anna"); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		c       campaign.Campaign
		differs []string
	}{
		"as it was enqueued":   {asked, nil},
		"as it is now":         {again, nil},
		"as it was in between": {edited, []string{"list_name", "text"}},
	} {
		e := r.Duplicate(tt.c)
		if e.Same != (tt.differs == nil) || !slices.Equal(e.Differs, tt.differs) || e.State != campaign.StateDead {
			t.Errorf("%s: got %+v, want the fields %q", name, *e, tt.differs)
		}
	}
	if e := r.Tombstone().Duplicate(asked); e.Same || e.Differs != nil || e.State != campaign.StatePurged {
		t.Errorf("purged: got %+v, want that its content is not known", *e)
	}
}
