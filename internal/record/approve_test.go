package record_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// waiting is a record that waits for approval at 20 contacts, 19.75 €.
func waiting() record.Record {
	r := record.New(campaign.Campaign{ID: "spring", Account: campaign.DefaultAccount, ListName: "customers", Text: "Hello, STOP au 30101"}, time.Unix(1, 0), "")
	r.State, r.Ticket, r.Cost, r.Contacts, r.PricedAt = campaign.StateAwaitingApproval, "T1", 197_500, 20, time.Unix(2, 0)
	return r
}

// Approvals are given as the API takes them.
func TestApprove(t *testing.T) {
	t.Parallel()
	unpriced := func(r *record.Record) {
		r.State, r.Cost, r.Contacts, r.PricedAt = campaign.StateComputing, 0, 0, time.Time{}
	}
	free := func(r *record.Record) { r.Cost, r.Contacts = 0, 0 }
	for _, c := range []struct {
		approval string
		edit     func(*record.Record)
		covers   string // "" where it is refused
		says     string
	}{
		{`{"cost":"19.75","number_of_contacts":20}`, nil, "up to 19.75 € and 20 contacts", ""},
		{`{"cost":19.75}`, nil, "up to 19.75 € and 20 contacts", ""},
		{`{"cost":"21","number_of_contacts":25}`, nil, "up to 21.00 € and 25 contacts", ""},
		{`{"cost":"19.7499"}`, nil, "", "its price is 20 contacts, 19.75 €, more than the 19.7499 € of the approval"},
		{`{"cost":"19.75","number_of_contacts":19}`, nil, "", "its price is 20 contacts, 19.75 €, and the approval is for 19"},
		{`{"cost":"19.75","content":"0f"}`, nil, "", "its content is not the one that was shown"},
		{`{"cost":"19.75"}`, unpriced, "", "it has no price yet"},
		{`{"cost":"0","number_of_contacts":0}`, free, "up to 0.00 € and 0 contacts", ""},

		{`{"up_to":"25.00"}`, nil, "up to 25.00 €", ""},
		{`{"up_to":"19.75"}`, nil, "up to 19.75 €", ""},
		{`{"up_to":"19.74"}`, nil, "", "its price is 20 contacts, 19.75 €, more than the 19.74 €"},
		{`{"up_to":"25.00"}`, unpriced, "up to 25.00 €", ""},
		{`{"up_to":"25.00","number_of_contacts":10}`, unpriced, "up to 25.00 € and 10 contacts", ""},
		{`{"up_to":"25.00"}`, func(r *record.Record) { r.CancelRequested = true }, "", "cannot approve"},
		{`{"up_to":"1.00"}`, func(r *record.Record) { r.State = campaign.StateSent }, "", "it is sent"},

		{`{}`, nil, "", "names no price"},
		{`{"cost":"1","up_to":"1"}`, nil, "", "names both"},
		{`{"up_to":"-1"}`, nil, "", "below zero"},
	} {
		r := waiting()
		if c.edit != nil {
			c.edit(&r)
		}
		var a campaign.Approval
		if err := json.Unmarshal([]byte(c.approval), &a); err != nil {
			t.Fatalf("%s: %v", c.approval, err)
		}
		after, entries, err := r.Approve("ann", a)
		if c.covers == "" {
			if err == nil || !strings.Contains(err.Error(), c.says) || after.Approved || len(entries) > 0 {
				t.Errorf("%s: got %v, approved %t, want %q", c.approval, err, after.Approved, c.says)
			}
			if bad := a.Validate() != nil; errors.Is(err, campaign.ErrInvalid) != bad || errors.Is(err, campaign.ErrState) == bad {
				t.Errorf("%s: got %v of the wrong kind", c.approval, err)
			}
			continue
		}
		if err != nil || !after.Approved || after.Cover.String() != c.covers || len(entries) != 1 || entries[0].Why != c.covers {
			t.Errorf("%s: got %+v, %v, want it to cover %q", c.approval, after.Cover, err, c.covers)
		}
	}
}

// The last approval holds; the same once more changes nothing, not even where
// the campaign is past it.
func TestApproveAgain(t *testing.T) {
	t.Parallel()
	r := waiting()
	for _, c := range []struct {
		a      campaign.Approval
		covers string
		writes bool
	}{
		{record.AsShown(r.Record), "up to 19.75 € and 20 contacts", true},
		{record.AsShown(r.Record), "up to 19.75 € and 20 contacts", false},
		{campaign.UpTo(30 * campaign.Euro), "up to 30.00 €", true},
		{campaign.UpTo(20 * campaign.Euro), "up to 20.00 €", true},
	} {
		after, entries, err := r.Approve("ann", c.a)
		if err != nil || after.Cover.String() != c.covers || len(entries) > 0 != c.writes {
			t.Errorf("got %v, %v, %v, want %q", after.Cover, entries, err, c.covers)
		}
		r = after
	}
	r.State = campaign.StateSent
	if _, entries, err := r.Approve("ann", campaign.UpTo(20*campaign.Euro)); err != nil || len(entries) > 0 {
		t.Errorf("the same when it is sent: got %v, %v, want nothing", entries, err)
	}
	if _, _, err := r.Approve("ann", campaign.UpTo(21*campaign.Euro)); !errors.Is(err, campaign.ErrState) {
		t.Errorf("more when it is sent: got %v, want ErrState", err)
	}
}

// A campaign that waits because Redis was replaced begins its next run by force alone,
// also where the very same approval was given before.
func TestApproveByForce(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{false, true} {
		r := waiting()
		r.Ticket, r.Cost, r.Contacts, r.PricedAt = "", 0, 0, time.Time{}
		approval := campaign.UpTo(250_000)
		if before {
			var err error
			if r, _, err = r.Approve("ann", approval); err != nil {
				t.Fatal(err)
			}
		}
		r.Waiting = record.WaitingRedisReplaced
		if after, entries, err := r.Approve("bob", approval); !errors.Is(err, campaign.ErrState) || !strings.Contains(err.Error(), "--force") || len(entries) > 0 || after.Run != 1 {
			t.Errorf("approved before %t: got run %d, %+v, %v, want a refusal that names --force", before, after.Run, entries, err)
		}
		approval.Force = true
		after, entries, err := r.Approve("bob", approval)
		if err != nil || after.Run != 2 || !slices.Equal(after.ForcedRuns, []int{2}) || !after.Approved || len(entries) != 2 || entries[0].What != "forced" {
			t.Errorf("approved before %t, by force: got %+v, %+v, %v, want the next run begun by force", before, after, entries, err)
		}
	}
}

func TestUncovered(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string]func(*record.Record){
		"": func(r *record.Record) { r.Cost, r.Contacts = 1, 1 },
		"not what was approved: the price went from 19.75 € to 500.00 €": func(r *record.Record) { r.Cost = 500 * campaign.Euro },
		"not what was approved: the contacts from 20 to 21":              func(r *record.Record) { r.Contacts++ },
		"not what was approved: the price went from 19.75 € to 19.7501 €, the contacts from 20 to 21, the content is another": func(r *record.Record) {
			r.Cost, r.Contacts, r.Campaign.Text = r.Cost+1, 21, "another"
		},
	} {
		r, _, err := waiting().Approve("ann", record.AsShown(waiting().Record))
		if err != nil {
			t.Fatal(err)
		}
		edit(&r)
		if got := r.Uncovered(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
