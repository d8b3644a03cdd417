package campaign_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/campaigntest"
)

func TestValidateAccepts(t *testing.T) {
	t.Parallel()
	for name, change := range campaigntest.Accepted() {
		c := campaigntest.Documented()
		change(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: got %v, want no error", name, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range campaigntest.Refused() {
		c := campaigntest.Documented()
		tt.Change(&c)
		err := c.Validate()
		invalid, ok := errors.AsType[*campaign.ValidationError](err)
		if !ok || !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("%s: got %v, want a ValidationError", name, err)
			continue
		}
		if len(invalid.Faults) != 1 || invalid.Faults[0].Field != tt.Field || !strings.Contains(invalid.Faults[0].Problem, tt.Problem) {
			t.Errorf("%s: got %v, want one fault of %s with %q", name, invalid.Faults, tt.Field, tt.Problem)
		}
	}
}

func TestValidateReportsEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	err := campaign.Campaign{ID: "a b", Sender: "x", MaxCost: -campaign.Euro}.Validate()
	want := `campaign "a b" is invalid: ` +
		`id: "a b" is no id: 1 to 64 of A-Z a-z 0-9 . _ - are allowed, and neither . nor .. alone; ` +
		`list_name: is missing, and so is tag_name: exactly one of them says who receives the text; ` +
		`text: is missing: 1 to 1224 characters are allowed; ` +
		`type: is missing: sms_premium or sms_low_cost is wanted; ` +
		`purpose: is missing: alert or wholesale is wanted; ` +
		`sender: has 1 character: 3 to 11 are allowed; ` +
		`max_cost: is negative (-1.00 €): 0 means no limit`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsStayShortAndOnOneLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\n", 1<<20)
	err := campaign.Campaign{ID: long, ListName: long, Type: long, Purpose: long, Confirm: long, Sender: long}.Validate()
	if got := err.Error(); len(got) > 2000 || strings.Contains(got, "\n") {
		t.Errorf("got %d bytes, beginning with %q", len(got), got[:200])
	}
}
