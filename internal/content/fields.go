package content

import (
	"maps"
	"time"

	"github.com/octoq/octoq/campaign"
)

// asked is one field of a campaign: its name in JSON, and where it lives.
type asked struct {
	name string
	// at returns a pointer to the field: *string, *bool, **bool, *time.Time,
	// *campaign.Money or *map[string]string.
	at func(*campaign.Campaign) any
}

// fields is the table that campaigns are compared and hashed by.
//
//nolint:gochecknoglobals // never changed: a constant, if Go had constant arrays
var fields = [...]asked{
	{"id", func(c *campaign.Campaign) any { return &c.ID }},
	{"account", func(c *campaign.Campaign) any { return &c.Account }},
	{"list_name", func(c *campaign.Campaign) any { return &c.ListName }},
	{"tag_name", func(c *campaign.Campaign) any { return &c.TagName }},
	{"text", func(c *campaign.Campaign) any { return &c.Text }},
	{"type", func(c *campaign.Campaign) any { return &c.Type }},
	{"purpose", func(c *campaign.Campaign) any { return &c.Purpose }},
	{"sender", func(c *campaign.Campaign) any { return &c.Sender }},
	{"send_at", func(c *campaign.Campaign) any { return &c.SendAt }},
	{"with_replies", func(c *campaign.Campaign) any { return &c.WithReplies }},
	{"auto_optimize_text", func(c *campaign.Campaign) any { return &c.AutoOptimizeText }},
	{"auto_remove_blacklisted_numbers", func(c *campaign.Campaign) any { return &c.AutoRemoveBlacklistedNumbers }},
	{"simulation_mode", func(c *campaign.Campaign) any { return &c.SimulationMode }},
	{"recipient_tracking", func(c *campaign.Campaign) any { return &c.RecipientTracking }},
	{"segmentation", func(c *campaign.Campaign) any { return &c.Segmentation }},
	{"not_before", func(c *campaign.Campaign) any { return &c.NotBefore }},
	{"expires_at", func(c *campaign.Campaign) any { return &c.ExpiresAt }},
	{"late", func(c *campaign.Campaign) any { return &c.Late }},
	{"window", func(c *campaign.Campaign) any { return &c.Window }},
	{"confirm", func(c *campaign.Campaign) any { return &c.Confirm }},
	{"max_cost", func(c *campaign.Campaign) any { return &c.MaxCost }},
	{"labels", func(c *campaign.Campaign) any { return &c.Labels }},
}

// Same reports whether two campaigns ask for the same: all fields but id and
// account are equal, however they are spelled (see Normal).
func Same(a, b campaign.Campaign) bool {
	return alike(a, b) || alike(Normal(a), Normal(b)) // to make both normal is slow, and mostly needless
}

// alike reports whether all fields, id and account aside, are spelled alike.
func alike(a, b campaign.Campaign) bool {
	for i := range fields {
		f := &fields[i]
		if f.name != "id" && f.name != "account" && !sameValue(f.at(&a), f.at(&b)) {
			return false
		}
	}
	return true
}

// sameValue compares what two pointers of the field table point to.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case *string:
		return *a == *b.(*string)
	case *bool:
		return *a == *b.(*bool)
	case **bool:
		other := *b.(**bool)
		return *a == other || *a != nil && other != nil && **a == *other
	case *time.Time:
		return a.Equal(*b.(*time.Time))
	case *campaign.Money:
		return *a == *b.(*campaign.Money)
	case *map[string]string:
		return maps.Equal(*a, *b.(*map[string]string))
	default:
		return false
	}
}
