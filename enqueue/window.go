package enqueue

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// dated checks what needs zones and holidays: that the campaign's own window
// can be looked up, and that its send_at lies in it. The account's window is
// the worker's, and unknown here.
func (c *Client) dated(item campaign.Campaign, now time.Time) ([]campaign.Warning, error) {
	w, err := c.windows.Window(item.Window)
	if err != nil {
		return nil, &campaign.ValidationError{ID: item.ID, Faults: []campaign.Fault{{Field: "window", Problem: err.Error()}}}
	}
	if w == nil || !item.SendAt.After(now) || item.Purpose == campaign.PurposeAlert {
		return nil, nil
	}
	if open, _ := w.At(item.SendAt); open {
		return nil, nil
	}
	return []campaign.Warning{{
		Field: "send_at",
		Problem: item.SendAt.Format(time.RFC3339) + " is outside the campaign's window, " + w.String() +
			": it will become a dead letter (window) instead of being sent",
	}}, nil
}
