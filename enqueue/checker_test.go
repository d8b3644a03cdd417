package enqueue_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// A Checker refuses and completes what a client would, without a Redis.
func TestACheckerSaysWhatAClientWould(t *testing.T) {
	t.Parallel()
	client := onMini(t).client
	var checker enqueue.Checker
	for name, change := range map[string]func(*campaign.Campaign){
		"fine":         func(*campaign.Campaign) {},
		"many faults":  func(c *campaign.Campaign) { c.Type, c.Purpose, c.Text = "fax", "fun", "" },
		"no such zone": func(c *campaign.Campaign) { c.Window = "08:00-20:00 Mars/Phobos" },
		"outside of window": func(c *campaign.Campaign) {
			c.Window, c.SendAt = "08:00-20:00 UTC", time.Date(2099, 1, 1, 3, 0, 0, 0, time.UTC)
		},
	} {
		c := order("a")
		change(&c)
		_, preview, want := client.Preview(c)
		got, warnings, err := checker.Complete(c)
		if (err == nil) != (want == nil) || err != nil && err.Error() != want.Error() || errors.Is(err, campaign.ErrInvalid) != errors.Is(want, campaign.ErrInvalid) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
		if len(warnings) != len(preview) || (name == "outside of window") != (len(warnings) > 0) {
			t.Errorf("%s: got the warnings %v, want %v", name, warnings, preview)
		}
		if err == nil && got.Account != campaign.DefaultAccount {
			t.Errorf("%s: got the account %q", name, got.Account)
		}
	}
	if got, _, err := checker.Complete(order("")); err != nil || len(got.ID) != 36 || strings.Trim(got.ID, "0123456789abcdef-") != "" {
		t.Errorf("without an id: got %q, %v, want a UUID", got.ID, err)
	}
}
