package enqueue

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/window"
)

// Checker says of campaigns what EnqueueAll would, without a Redis: it is for those
// that wait elsewhere before they are enqueued. The zero Checker is ready, and safe
// for concurrent use.
type Checker struct {
	windows  window.Cache
	accounts map[string]*window.Window // by account, as Config has them
}

// Complete gives a campaign its account and, if it has none, an id, as EnqueueAll
// would, and returns what that would warn of. An invalid campaign is refused with
// every fault at once (campaign.ErrInvalid).
func (k *Checker) Complete(item campaign.Campaign) (campaign.Campaign, []campaign.Warning, error) {
	now := time.Now()
	item, dated, err := k.ready(item, options{}, now)
	if err != nil {
		return item, nil, err
	}
	return item, append(item.Warnings(now), dated...), nil
}

func (k *Checker) ready(item campaign.Campaign, o options, now time.Time) (campaign.Campaign, []campaign.Warning, error) {
	item = o.apply(item)
	if item.ID == "" {
		var err error
		if item.ID, err = o.newID(); err != nil {
			return item, nil, err
		}
	}
	if err := item.Validate(); err != nil {
		return item, nil, err
	}
	if item.Window == "" && k.accounts[item.Account] == nil {
		return item, nil, nil
	}
	dated, err := k.dated(item, now)
	return item, dated, err
}

// dated checks what needs zones and holidays: that the campaign's own window
// can be looked up, and that its send_at lies in it and in that of its account,
// as far as Config has it.
func (k *Checker) dated(item campaign.Campaign, now time.Time) ([]campaign.Warning, error) {
	own, err := k.windows.Window(item.Window)
	if err != nil {
		return nil, &campaign.ValidationError{ID: item.ID, Faults: []campaign.Fault{{Field: "window", Problem: err.Error()}}}
	}
	if !item.SendAt.After(now) || item.Purpose == campaign.PurposeAlert {
		return nil, nil
	}
	if closed(own, item.SendAt) {
		return outside(item, "campaign", own), nil
	}
	if account := k.accounts[item.Account]; closed(account, item.SendAt) {
		return outside(item, "account", account), nil
	}
	return nil, nil
}
