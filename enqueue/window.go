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
