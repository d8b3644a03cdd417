package enqueue

import (
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/window"
)

// accountWindows looks up the windows of accounts.
func accountWindows(texts map[string]string) (map[string]*window.Window, error) {
	windows := make(map[string]*window.Window, len(texts))
	for account, text := range texts {
		w, err := window.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("enqueue: the window of account %s: %w", account, err)
		}
		windows[account] = w
	}
	return windows, nil
}

// dated checks what needs zones and holidays: that the campaign's own window
// can be looked up, and that its send_at lies in it and in that of its account,
// as far as Config has it.
func (c *Client) dated(item campaign.Campaign, now time.Time) ([]campaign.Warning, error) {
	own, err := c.windows.Window(item.Window)
	if err != nil {
		return nil, &campaign.ValidationError{ID: item.ID, Faults: []campaign.Fault{{Field: "window", Problem: err.Error()}}}
	}
	if !item.SendAt.After(now) || item.Purpose == campaign.PurposeAlert {
		return nil, nil
	}
	if closed(own, item.SendAt) {
		return outside(item, "campaign", own), nil
	}
	if account := c.accounts[item.Account]; closed(account, item.SendAt) {
		return outside(item, "account", account), nil
	}
	return nil, nil
}

func closed(w *window.Window, at time.Time) bool {
	open, _ := w.At(at) // none is always open
	return !open
}

func outside(item campaign.Campaign, whose string, w *window.Window) []campaign.Warning {
	return []campaign.Warning{{
		Field: "send_at",
		Problem: item.SendAt.Format(time.RFC3339) + " is outside the " + whose + "'s window, " + w.String() +
			": it will become a dead letter (window) instead of being sent",
	}}
}
