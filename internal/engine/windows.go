package engine

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/window"
)

// windows answers which window holds for a campaign: the account's, that of its rules
// and its own together, so that a producer can narrow what the operator allows, and never
// widen it.
func windows(account string) func(c campaign.Campaign, rules string) (lifecycle.SendingWindow, error) {
	parsed := &window.Cache{}
	return func(c campaign.Campaign, rules string) (lifecycle.SendingWindow, error) {
		var both window.All
		for _, text := range append(budget.Windows(rules), account, c.Window) {
			w, err := parsed.Window(text)
			if err != nil {
				return nil, err
			}
			if w != nil {
				both = append(both, w)
			}
		}
		if len(both) == 0 {
			return nil, nil
		}
		return both, nil
	}
}
