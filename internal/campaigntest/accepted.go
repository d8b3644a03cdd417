package campaigntest

import (
	"fmt"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

func noon() time.Time { return time.Date(2030, 6, 1, 12, 0, 0, 0, time.FixedZone("", 2*60*60)) }

func labels(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprint("label", i)] = "x"
	}
	return m
}

// Accepted are changes of the documented example that leave it valid.
func Accepted() map[string]func(*campaign.Campaign) {
	return map[string]func(*campaign.Campaign){
		"the documented example":   func(*campaign.Campaign) {},
		"a tag":                    func(c *campaign.Campaign) { c.ListName, c.TagName = "", "clients" },
		"the longest list":         func(c *campaign.Campaign) { c.ListName = strings.Repeat("é", 30) },
		"the longest tag":          func(c *campaign.Campaign) { c.ListName, c.TagName = "", strings.Repeat("é", 20) },
		"the longest text":         func(c *campaign.Campaign) { c.Text = strings.Repeat("é", 1224) },
		"the shortest text":        func(c *campaign.Campaign) { c.Text = "x" },
		"line breaks and tabs":     func(c *campaign.Campaign) { c.Text = "a\r\n\tb" },
		"an unknown placeholder":   func(c *campaign.Campaign) { c.Text = "{unknown}" },
		"a replacement character":  func(c *campaign.Campaign) { c.Text = "caf\uFFFD" },
		"no sender":                func(c *campaign.Campaign) { c.Sender = "" },
		"the shortest sender":      func(c *campaign.Campaign) { c.Sender = "abc" },
		"the longest sender":       func(c *campaign.Campaign) { c.Sender = "A 345678 01" },
		"a sender with replies":    func(c *campaign.Campaign) { c.WithReplies = true },
		"low cost":                 func(c *campaign.Campaign) { c.Type = campaign.TypeLowCost },
		"an alert":                 func(c *campaign.Campaign) { c.Purpose = campaign.PurposeAlert },
		"a segmentation":           func(c *campaign.Campaign) { c.Segmentation = campaign.SegmentationGroup },
		"every character of an id": func(c *campaign.Campaign) { c.ID = "AZaz09._-" },
		"an id of three dots":      func(c *campaign.Campaign) { c.ID = "..." },
		"the longest id":           func(c *campaign.Campaign) { c.ID = strings.Repeat("x", 64) },
		"the longest account":      func(c *campaign.Campaign) { c.Account = "0" + strings.Repeat("_-a", 10) + "z" },
		"the longest label": func(c *campaign.Campaign) {
			c.Labels = map[string]string{strings.Repeat("k", 64): strings.Repeat("v", 256)}
		},
		"sixteen labels":             func(c *campaign.Campaign) { c.Labels = labels(16) },
		"an empty label":             func(c *campaign.Campaign) { c.Labels = map[string]string{"a": ""} },
		"manual confirm":             func(c *campaign.Campaign) { c.Confirm = campaign.ConfirmManual },
		"a maximal cost":             func(c *campaign.Campaign) { c.MaxCost = 1 },
		"the first year":             func(c *campaign.Campaign) { c.SendAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a past time":                func(c *campaign.Campaign) { c.SendAt = noon().AddDate(-20, 0, 0) },
		"expiry after all else":      func(c *campaign.Campaign) { c.NotBefore, c.SendAt, c.ExpiresAt = noon(), noon(), noon().Add(1) },
		"send_at before not_before":  func(c *campaign.Campaign) { c.NotBefore, c.SendAt = noon(), noon().Add(-time.Hour) },
		"an offset of half an hour":  func(c *campaign.Campaign) { c.SendAt = noon().In(time.FixedZone("", 5*3600+1800)) },
		"an offset of minus fifteen": func(c *campaign.Campaign) { c.SendAt = noon().In(time.FixedZone("", -15*3600)) },
	}
}
