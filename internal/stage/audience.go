package stage

import "github.com/octoq/octoq/campaign"

// audience is whom a campaign goes to, for people.
func audience(c campaign.Campaign) string {
	if c.TagName != "" {
		return "tag " + c.TagName
	}
	return "list " + c.ListName
}
