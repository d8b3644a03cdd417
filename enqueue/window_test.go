package enqueue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/memredis"
)

// A send_at outside the account's window is a warning, where the client knows the
// window.
func TestSendAtOutsideTheAccountsWindow(t *testing.T) {
	t.Parallel()
	m := memredis.RunT(t)
	client, err := enqueue.New(enqueue.Config{
		RedisURL: "redis://" + m.Addr(), Windows: map[string]string{"default": "08:00-20:00 UTC", "shop": "off"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	night := time.Date(2099, 1, 5, 3, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		account string
		purpose string
		own     string
		at      time.Time
		want    string // in the warning
	}{
		"at night":        {"default", campaign.PurposeWholesale, "", night, "account's window, 08:00-20:00 UTC"},
		"by day":          {"default", campaign.PurposeWholesale, "", night.Add(7 * time.Hour), ""},
		"an alert":        {"default", campaign.PurposeAlert, "", night, ""},
		"no window":       {"shop", campaign.PurposeWholesale, "", night, ""},
		"not known":       {"other", campaign.PurposeWholesale, "", night, ""},
		"cannot widen it": {"default", campaign.PurposeWholesale, "00:00-24:00 UTC", night, "account's window"},
		"the own one":     {"default", campaign.PurposeWholesale, "09:00-10:00 UTC", night, "campaign's window"},
	} {
		c := order(strings.ReplaceAll(name, " ", "-"))
		c.Account, c.Purpose, c.Window, c.SendAt = tt.account, tt.purpose, tt.own, tt.at
		r, err := client.Enqueue(t.Context(), c)
		var warned string
		for _, w := range r.Warnings {
			if w.Field == "send_at" {
				warned += w.Problem
			}
		}
		if err != nil || (warned == "") != (tt.want == "") || !strings.Contains(warned, tt.want) {
			t.Errorf("%s: got %q, %v, want %q", name, warned, err, tt.want)
		}
	}
	if _, err := enqueue.New(enqueue.Config{RedisURL: "redis://x", Windows: map[string]string{"shop": "08:00-20:00 Mars/Phobos"}}); err == nil || !strings.Contains(err.Error(), "account shop") {
		t.Errorf("no such zone: got %v, want the account named", err)
	}
}
