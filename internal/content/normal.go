package content

import (
	"strings"

	"github.com/octoq/octoq/campaign"
)

// Normal is the campaign in one spelling of what it asks for: times are in UTC,
// and a window has single spaces, or is empty where it is always open.
func Normal(c campaign.Campaign) campaign.Campaign {
	c.SendAt, c.NotBefore, c.ExpiresAt = c.SendAt.UTC(), c.NotBefore.UTC(), c.ExpiresAt.UTC()
	c.Window = strings.Join(strings.Fields(c.Window), " ")
	if strings.EqualFold(c.Window, campaign.WindowOff) {
		c.Window = ""
	}
	return c
}

// WithDefaults is the campaign with its account filled in. The producer
// chooses the id.
func WithDefaults(c campaign.Campaign) campaign.Campaign {
	if c.Account == "" {
		c.Account = campaign.DefaultAccount
	}
	return c
}
