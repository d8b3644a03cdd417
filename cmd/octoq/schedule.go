package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/schedule"
)

func newSchedule() *cobra.Command {
	c := &cobra.Command{
		Use:   "schedule",
		Short: "add, list, pause and remove recurring campaigns",
		Long: "A schedule is a cron expression and the template of a campaign. Whatever worker of\n" +
			"the account is there enqueues a campaign at each tick; any number of them may be,\n" +
			"and each tick is enqueued once.\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	c.AddCommand(newScheduleAdd(), newScheduleLs(), newScheduleRm(), newSchedulePause(), newScheduleResume(), newScheduleRun())
	return c
}

func newScheduleAdd() *cobra.Command {
	c := &cobra.Command{
		Use:   "add NAME --cron \"0 9 * * 1\" --zone Europe/Paris [--file F | --list-name … --text … --type … --purpose …]",
		Short: "add a recurring campaign",
		Long: "The expression has five fields (minute, hour, day of month, month, day of week), or\n" +
			"six with the second first. Its first tick is the next one after the schedule was added;\n" +
			"add shows three. What ticks otherwise than in cron, or than it reads, is refused: */90\n" +
			"for minutes, or */2 for days of month together with a day of week.\n" +
			"The campaign's id must hold {{tick}} (20261123T080000Z, in UTC); by flags it is\n" +
			"NAME-{{tick}} unless given. Texts may hold {{date}} (2026-11-23) and {{time}} (09:00),\n" +
			"in the schedule's zone, too.\n\n" +
			"Ticks that no worker enqueued within a minute are missed: skip drops them, once\n" +
			"enqueues the latest of them, unless a later one is due by then.\n\n" +
			"Where clocks change, an expression with * for the hour goes by elapsed time. Any other\n" +
			"has each time of day once: the first of a repeated hour, and the moment of the change\n" +
			"for an hour that is left out.\n\n" +
			"Campaigns of ticks outside the sending window (--window, or the account's where\n" +
			"OCTOQ_WINDOW says it) wait, and go out together when it opens. add warns of that:\n" +
			"choose an expression within the window, or let them expire by --expires-after.\n\n" + exitHelp,
		Args: exactArgs(1, "the schedule's name"),
		RunE: func(c *cobra.Command, args []string) error { return runScheduleAdd(c, args[0]) },
	}
	f := c.Flags()
	addFlags(f, "redis_url")
	f.String("cron", "", "cron expression of five fields, or six with seconds")
	f.String("zone", "", "time zone of the expression, such as Europe/Paris or UTC")
	f.String("missed", string(schedule.MissedSkip), "what to do about ticks that were missed: skip or once")
	f.Duration("expires-after", 0, "do not confirm a tick's campaign later than this after the tick")
	f.Bool("replace", false, "replace a schedule of this name; its ticks begin anew after this moment")
	f.String("file", "", "file that holds the campaign as one JSON object, or - for standard input")
	givenOnce(f, "file")
	addFieldFlags(f)
	for _, moment := range []string{"send-at", "not-before", "expires-at"} {
		_ = f.MarkHidden(moment) // refused: a schedule has many moments
	}
	readsToo(c, "window")
	return c
}

func runScheduleAdd(c *cobra.Command, name string) error {
	s, faults, err := scheduleFrom(c, name)
	if err != nil {
		return err
	}
	plan, err := s.New(faults...)
	if err != nil {
		return err
	}
	window, err := checkWindow(c, plan)
	if err != nil {
		return err
	}
	replace, err := c.Flags().GetBool("replace")
	if err != nil {
		return err
	}
	return withDesk(c, func(ctx context.Context, d *admin.Service) error {
		l, first, err := d.SetSchedule(ctx, s, window, replace)
		if errors.Is(err, admin.ErrScheduleExists) {
			return &codeError{code: exitKnown, text: fmt.Sprintf("schedule %s/%s is there already: --replace replaces it", s.Account, name)}
		}
		if err != nil {
			return err
		}
		return printAdded(c, l, first)
	})
}

// checkWindow returns the window of the schedule's account, as far as the settings of
// this machine say it.
func checkWindow(c *cobra.Command, p schedule.Plan) (string, error) {
	k, err := load(c.Flags())
	if err != nil {
		return "", err
	}
	account := &values{k: k, name: p.Account}
	window := account.text("window")
	if _, err := p.WindowWarnings(window); err != nil {
		return "", usagef("the window of account %s: %v", p.Account, err)
	}
	return window, nil
}

// scheduleFrom reads the flags. The faults are those of the campaign's flags.
func scheduleFrom(c *cobra.Command, name string) (schedule.Schedule, []campaign.Fault, error) {
	f := c.Flags()
	text := func(flag string) string {
		v, _ := f.GetString(flag)
		return v
	}
	expires, err := f.GetDuration("expires-after")
	if err != nil {
		return schedule.Schedule{}, nil, err
	}
	s := schedule.Schedule{
		Name: name, Account: text("account"), Cron: text("cron"), Zone: text("zone"), Missed: schedule.Missed(text("missed")),
		ExpiresAfter: schedule.Span(expires), CreatedAt: time.Now().UTC().Truncate(time.Second), CreatedBy: localuser.Name(),
	}
	if s.Cron == "" || s.Zone == "" {
		return s, nil, usagef("a schedule needs --cron and --zone. Try: %s --help", c.CommandPath())
	}
	var faults []campaign.Fault
	s.Template, faults, err = templateFrom(c, name)
	var own struct {
		Account string `json:"account"`
	}
	if json.Unmarshal(s.Template, &own) == nil && own.Account != "" {
		s.Account = own.Account
	}
	if s.Account == "" {
		s.Account = campaign.DefaultAccount
	}
	return s, faults, err
}

// templateFrom reads the campaign from the file, or the one that the flags describe.
func templateFrom(c *cobra.Command, name string) (json.RawMessage, []campaign.Fault, error) {
	fields, err := campaignFlags(c)
	if err != nil {
		return nil, nil, err
	}
	file, err := c.Flags().GetString("file")
	switch {
	case err != nil:
		return nil, nil, err
	case file == "" && len(fields) == 0:
		return nil, nil, usagef("no campaign: name a file by --file, or describe it by --list-name, --text, --type and --purpose. Try: %s --help", c.CommandPath())
	case file != "" && len(fields) > 0:
		return nil, nil, usagef("--file and the flags of the campaign do not go together")
	case file != "":
		template, err := readTemplate(c, file)
		return template, nil, err
	}
	if !slices.ContainsFunc(fields, func(f [2]string) bool { return f[0] == "id" }) {
		fields = append(fields, [2]string{"id", name + "-{{tick}}"})
	}
	template, faults := schedule.TemplateOf(fields)
	return template, faults, nil
}

// readTemplate reads a file that holds one JSON object; what is in it is
// checked later.
func readTemplate(c *cobra.Command, name string) (json.RawMessage, error) {
	from := c.InOrStdin()
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the user names the file
		if err != nil {
			return nil, usagef("--file: %v", err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, input.MaxSize+1))
	if err != nil {
		return nil, usagef("--file: %v", err)
	}
	if b = bytes.TrimSpace(b); len(b) > input.MaxSize || !json.Valid(b) {
		return nil, usagef("--file: %s is not one campaign as one JSON object", name)
	}
	return b, nil
}

// printAdded prints what was added, and what is doubtful about its campaigns; id is
// that of the first.
func printAdded(c *cobra.Command, l admin.ListedSchedule, id string) error {
	if !jsonWanted(c) {
		for _, w := range l.Warnings {
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: %s\n", w)
		}
	}
	ticks := make([]string, len(l.Next))
	for i, tick := range l.Next {
		ticks[i] = tickText(tick)
	}
	return printDone(c, l, "schedule %s/%s is there; its next ticks are %s; the first is campaign %s\n", l.Account, l.Name, strings.Join(ticks, ", "), id)
}

func newScheduleRm() *cobra.Command {
	c := &cobra.Command{
		Use: "rm NAME", Short: "remove a recurring campaign", Args: exactArgs(1, "the schedule's name"),
		Long: "Removes a schedule: it has no more ticks. Campaigns that were enqueued go on; octoq\ncancel stops them.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				account, name := accountFlag(c), args[0]
				if err := d.RemoveSchedule(ctx, account, name); err != nil {
					return err
				}
				return printDone(c, map[string]any{"account": account, "name": name, "removed": true},
					"schedule %s/%s is removed\n", account, name)
			})
		},
	}
	addTarget(c)
	return c
}
