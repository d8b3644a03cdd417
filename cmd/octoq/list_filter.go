package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// addFilter gives a command the flags that say which campaigns are meant.
func addFilter(c *cobra.Command) {
	f := c.Flags()
	f.StringArray("state", nil, "only campaigns in this state; may be repeated")
	f.StringArray("label", nil, "only those with this label, KEY=VALUE; may be repeated, and all are asked for")
	f.String("list-name", "", "only those to this list")
	f.String("tag-name", "", "only those to this tag")
	f.String("class", "", "only those that are dead for this reason, such as rejected")
	f.String("since", "", "only those enqueued since then: 2026-11-29T08:00:00Z, or 24h for a day ago")
	f.String("until", "", "only those enqueued before then")
	f.String("id-prefix", "", "only those whose id begins so")
}

// filterFlags is what the flags ask for at a moment.
func filterFlags(c *cobra.Command, now time.Time) (enqueue.Filter, error) {
	text := func(flag string) string {
		v, _ := c.Flags().GetString(flag)
		return v
	}
	filter := enqueue.Filter{
		Account: accountFlag(c), ListName: text("list-name"), TagName: text("tag-name"),
		FailureClass: campaign.FailureClass(text("class")), IDPrefix: text("id-prefix"),
	}
	states, err := c.Flags().GetStringArray("state")
	if err != nil {
		return filter, err
	}
	for _, s := range states {
		filter.States = append(filter.States, campaign.State(s))
	}
	if filter.Labels, err = labelFlags(c); err != nil {
		return filter, err
	}
	if filter.Since, err = momentFlag(c, "since", now); err != nil {
		return filter, err
	}
	filter.Until, err = momentFlag(c, "until", now)
	return filter, err
}

func labelFlags(c *cobra.Command) (map[string]string, error) {
	given, err := c.Flags().GetStringArray("label")
	if err != nil || len(given) == 0 {
		return nil, err
	}
	labels := map[string]string{}
	for _, label := range given {
		name, value, ok := strings.Cut(label, "=")
		if _, twice := labels[name]; !ok || name == "" || twice {
			return nil, usagef("--label %q: want KEY=VALUE, each key once", label)
		}
		labels[name] = value
	}
	return labels, nil
}

// momentFlag is a moment, or how long ago it was; the zero time if the flag was not given.
func momentFlag(c *cobra.Command, name string, now time.Time) (time.Time, error) {
	if !c.Flags().Changed(name) {
		return time.Time{}, nil
	}
	text, err := c.Flags().GetString(name)
	if err != nil {
		return time.Time{}, err
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usagef("--%s: %q is no moment such as 2026-11-29T08:00:00Z, and no time ago such as 24h", name, text)
	}
	return at, nil
}
