package campaigntest

import (
	"maps"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Flaw is a change of the documented example, and what is wrong with it then.
type Flaw struct {
	Change  func(*campaign.Campaign)
	Field   string
	Problem string
}

// Refused are changes of the documented example that Validate refuses.
func Refused() map[string]Flaw {
	all := map[string]Flaw{}
	for _, some := range []map[string]Flaw{
		refusedAudience(), refusedText(), refusedSender(), refusedValues(), refusedNames(), refusedLabels(), refusedTimes(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func refusedAudience() map[string]Flaw {
	return map[string]Flaw{
		"neither list nor tag":     {func(c *campaign.Campaign) { c.ListName = "" }, "list_name", "and so is tag_name"},
		"list and tag":             {func(c *campaign.Campaign) { c.TagName = "clients" }, "list_name", "beside tag_name"},
		"a blank list":             {func(c *campaign.Campaign) { c.ListName = " \u00a0" }, "list_name", "blank"},
		"a list too long":          {func(c *campaign.Campaign) { c.ListName = strings.Repeat("é", 31) }, "list_name", "31 characters"},
		"a tag too long":           {func(c *campaign.Campaign) { c.ListName, c.TagName = "", strings.Repeat("é", 21) }, "tag_name", "21 characters"},
		"a list with a line break": {func(c *campaign.Campaign) { c.ListName = "a\nb" }, "list_name", "U+000A"},
		"a broken list":            {func(c *campaign.Campaign) { c.ListName = "a\xff" }, "list_name", "UTF-8 (byte 2)"},
	}
}

func refusedText() map[string]Flaw {
	return map[string]Flaw{
		"no text":               {func(c *campaign.Campaign) { c.Text = "" }, "text", "missing"},
		"a blank text":          {func(c *campaign.Campaign) { c.Text = " \n\t" }, "text", "blank"},
		"a text too long":       {func(c *campaign.Campaign) { c.Text = strings.Repeat("é", 1225) }, "text", "1225 characters"},
		"a broken text":         {func(c *campaign.Campaign) { c.Text = "caf\xe9" }, "text", "UTF-8 (byte 4)"},
		"a NUL in the text":     {func(c *campaign.Campaign) { c.Text = "a\x00" }, "text", "U+0000 (byte 2)"},
		"an escape in the text": {func(c *campaign.Campaign) { c.Text = "\x1b[31m" }, "text", "U+001B"},
		"a C1 control":          {func(c *campaign.Campaign) { c.Text = "a\u0085" }, "text", "U+0085"},
	}
}

func refusedSender() map[string]Flaw {
	return map[string]Flaw{
		"a sender too short":      {func(c *campaign.Campaign) { c.Sender = "ab" }, "sender", "2 characters"},
		"a sender too long":       {func(c *campaign.Campaign) { c.Sender = "abcdefghijkl" }, "sender", "12 characters"},
		"a sender with an accent": {func(c *campaign.Campaign) { c.Sender = "Société" }, "sender", "other characters"},
		"a sender with a hyphen":  {func(c *campaign.Campaign) { c.Sender = "Call-me" }, "sender", "other characters"},
		"a sender after a space":  {func(c *campaign.Campaign) { c.Sender = " abc" }, "sender", "space"},
		"a sender before a space": {func(c *campaign.Campaign) { c.Sender = "abc " }, "sender", "space"},
	}
}

// refusedValues are of fields with fixed words, of windows and of amounts.
func refusedValues() map[string]Flaw {
	return map[string]Flaw{
		"no type":                 {func(c *campaign.Campaign) { c.Type = "" }, "type", "sms_premium or sms_low_cost"},
		"an unknown type":         {func(c *campaign.Campaign) { c.Type = "sms_vocal" }, "type", `"sms_vocal" is not known`},
		"a type in capitals":      {func(c *campaign.Campaign) { c.Type = "SMS_PREMIUM" }, "type", "not known"},
		"no purpose":              {func(c *campaign.Campaign) { c.Purpose = "" }, "purpose", "missing: alert or wholesale"},
		"an unknown purpose":      {func(c *campaign.Campaign) { c.Purpose = "marketing" }, "purpose", "not known"},
		"an unknown segmentation": {func(c *campaign.Campaign) { c.Segmentation = "all" }, "segmentation", "filter or group"},
		"an unknown late":         {func(c *campaign.Campaign) { c.Late = "maybe" }, "late", "dead or send"},
		"an unreadable window":    {func(c *campaign.Campaign) { c.Window = "by day" }, "window", "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR"},
		"an unknown confirm":      {func(c *campaign.Campaign) { c.Confirm = "maybe" }, "confirm", "auto or manual"},
		"a negative cost":         {func(c *campaign.Campaign) { c.MaxCost = -1 }, "max_cost", "-0.0001 €"},
	}
}

func refusedNames() map[string]Flaw {
	return map[string]Flaw{
		"an id with a slash":        {func(c *campaign.Campaign) { c.ID = "a/b" }, "id", `"a/b"`},
		"an id with a tilde":        {func(c *campaign.Campaign) { c.ID = "a~b" }, "id", "is no id"},
		"an id too long":            {func(c *campaign.Campaign) { c.ID = strings.Repeat("x", 65) }, "id", "1 to 64"},
		"the id dot":                {func(c *campaign.Campaign) { c.ID = "." }, "id", "neither"},
		"the id dot dot":            {func(c *campaign.Campaign) { c.ID = ".." }, "id", "neither"},
		"an account in capitals":    {func(c *campaign.Campaign) { c.Account = "Default" }, "account", "a-z"},
		"an account with a dot":     {func(c *campaign.Campaign) { c.Account = "a.b" }, "account", "a-z"},
		"an account after a hyphen": {func(c *campaign.Campaign) { c.Account = "-a" }, "account", "beginning"},
		"an account too long":       {func(c *campaign.Campaign) { c.Account = strings.Repeat("a", 33) }, "account", "1 to 32"},
	}
}

func refusedLabels() map[string]Flaw {
	return map[string]Flaw{
		"too many labels":         {func(c *campaign.Campaign) { c.Labels = labels(17) }, "labels", "are 17"},
		"a label without a name":  {func(c *campaign.Campaign) { c.Labels = map[string]string{"": "x"} }, `labels.""`, "no name"},
		"a label's name too long": {func(c *campaign.Campaign) { c.Labels = map[string]string{strings.Repeat("k", 65): "x"} }, "labels." + strings.Repeat("k", 40) + "…", "65 bytes"},
		"a label too long":        {func(c *campaign.Campaign) { c.Labels = map[string]string{"shop": strings.Repeat("x", 257)} }, "labels.shop", "257 bytes"},
		"a label with a NUL":      {func(c *campaign.Campaign) { c.Labels = map[string]string{"shop": "\x00"} }, "labels.shop", "U+0000"},
		"a broken label's name":   {func(c *campaign.Campaign) { c.Labels = map[string]string{"a\xff": ""} }, `labels."a\xff"`, "UTF-8"},
	}
}

func refusedTimes() map[string]Flaw {
	zone := func(seconds int) *time.Location { return time.FixedZone("", seconds) }
	return map[string]Flaw{
		"a year too early":       {func(c *campaign.Campaign) { c.SendAt = noon().AddDate(-31, 0, 0) }, "send_at", "year 1999"},
		"a year too late":        {func(c *campaign.Campaign) { c.NotBefore = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, "not_before", "year 9999"},
		"an offset of a day":     {func(c *campaign.Campaign) { c.SendAt = noon().In(zone(24 * 3600)) }, "send_at", "offset"},
		"an offset with seconds": {func(c *campaign.Campaign) { c.SendAt = noon().In(zone(3601)) }, "send_at", "offset"},
		"expiry at not_before":   {func(c *campaign.Campaign) { c.NotBefore, c.ExpiresAt = noon(), noon() }, "expires_at", "not_before"},
	}
}
