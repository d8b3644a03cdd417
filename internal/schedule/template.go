package schedule

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/window"
)

// What a template may hold. All three consist of characters that mean nothing
// in JSON.
const (
	placeTick = "{{tick}}" // the tick in UTC, such as 20261123T080000Z
	placeDate = "{{date}}" // its day in the schedule's zone, such as 2026-11-23
	placeTime = "{{time}}" // its time there, such as 09:00
)

// render fills in what a tick has to say. The tick is named in UTC: an hour
// that is repeated on the wall has two names.
func render(text string, tick time.Time) string {
	return strings.NewReplacer(
		placeTick, tick.UTC().Format("20060102T150405Z"),
		placeDate, tick.Format(time.DateOnly),
		placeTime, tick.Format("15:04"),
	).Replace(text)
}

// sample is a tick for templates whose schedule is not known yet.
func sample() time.Time { return time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC) }

// TemplateOf makes a template of named values, as flags give them, and returns
// what is wrong with them.
func TemplateOf(fields [][2]string) (json.RawMessage, []campaign.Fault) {
	b := input.Edit(campaign.Campaign{})
	var id, text string
	for _, f := range fields {
		name, value := f[0], f[1]
		switch name {
		case "id":
			id = value
		case "text":
			text = value
		}
		if name == "id" || name == "text" {
			value = render(value, sample())
		}
		b.Set(name, value)
	}
	c, err := b.Campaign()
	if err != nil {
		return nil, faultsOf(err)
	}
	c.ID, c.Text = id, text
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, faultsOf(err)
	}
	return raw, nil
}

// faultsOf lists what an error says about a campaign.
func faultsOf(err error) []campaign.Fault {
	if invalid, ok := errors.AsType[*campaign.ValidationError](err); ok {
		return invalid.Faults
	}
	return []campaign.Fault{{Problem: err.Error()}}
}

// checkTemplate finds what is wrong with a template that yields valid campaigns.
func checkTemplate(template json.RawMessage, account string, c campaign.Campaign) []campaign.Fault {
	var faults []campaign.Fault
	add := func(field, format string, args ...any) {
		faults = append(faults, campaign.Fault{Field: field, Problem: fmt.Sprintf(format, args...)})
	}
	var raw struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(template, &raw); err != nil || !strings.Contains(raw.ID, placeTick) {
		add("id", "must hold %s, so that each tick has an id of its own: %s-%s, say", placeTick, cmp.Or(raw.ID, "monday"), placeTick)
	}
	if c.Account != "" && c.Account != account {
		add("account", "is %s, but the schedule is one of account %s", c.Account, account)
	}
	if _, err := window.Parse(c.Window); err != nil {
		add("window", "%v", err)
	}
	for _, at := range []struct {
		field string
		time  time.Time
	}{{"send_at", c.SendAt}, {"not_before", c.NotBefore}, {"expires_at", c.ExpiresAt}} {
		if !at.time.IsZero() {
			add(at.field, "is one moment, and a schedule has many: its expression says when, expires_after until when")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts(c))) {
		if strings.Contains(texts(c)[name], "{{") {
			add(name, "holds {{ that is none of %s, %s and %s", placeTick, placeDate, placeTime)
		}
	}
	return faults
}

func texts(c campaign.Campaign) map[string]string {
	all := map[string]string{"text": c.Text, "list_name": c.ListName, "tag_name": c.TagName, "sender": c.Sender}
	for name, value := range c.Labels {
		all["labels."+name] = value
	}
	return all
}
