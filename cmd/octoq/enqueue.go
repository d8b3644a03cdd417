package main

import (
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/pieces"
)

func newEnqueue() *cobra.Command {
	c := &cobra.Command{
		Use:   "enqueue [--file F | --list-name … --text … --type … --purpose …]",
		Short: "put campaigns into Redis, from a file or from flags",
		Long: "A file is CSV or JSON Lines, by its extension; - is standard input as JSON Lines.\n" +
			"Both are read as spreadsheets and databases write them: --format, --zone, --dates,\n" +
			"--columns, --ignore-columns and --account say what a file does not; what could mean\n" +
			"two things is refused, never guessed. --dry-run shows what would be enqueued.\n\n" +
			"Lines that are refused are printed on standard error with every fault, and nothing\n" +
			"of them is enqueued. Ids that are known already are counted and left alone, so an\n" +
			"interrupted run is simply started again.\n\n" +
			"What comes through a pipe is enqueued, and its result printed, as soon as the pipe\n" +
			"pauses, within a second at the latest: a program may write a line and read its result.\n\n" +
			"A line without an id gets one that is made of its content: the same line is not\n" +
			"enqueued twice, however its times are spelled. With --new-ids it gets a new one each\n" +
			"time, and is. --at is no part of the content: a run that is repeated with another\n" +
			"--at must not send twice.\n\n" +
			"With --durable, what Redis did not confirm is enqueued all the same and reported;\n" +
			"the exit code is 1 then. Started again, it asks again. Every campaign needs an id.\n\n" +
			"For one campaign by flags it prints the id, also one that octoq chose.\n" +
			"The flags from --id on are the fields of a campaign, with the values they take. With\n" +
			"underscores for hyphens they are also the columns of CSV and the members of JSON\n" +
			"Lines. --example prints a small file of either.\n\n" +
			waitHelp + "A campaign that is known already with the same content is waited for as well.\n\n" +
			"Exit codes here: 2 if any line was invalid, else 4 if all were known, else 0.\n" + exitHelp,
		Args: exactArgs(0, "no arguments: name a file by --file, or a campaign by flags"),
		RunE: func(c *cobra.Command, _ []string) error { return runEnqueue(c) },
	}
	f := c.Flags()
	addFlags(f, "redis_url", "durable")
	f.Lookup("durable").NoOptDefVal = durableOnDisk
	f.String("file", "", "file of campaigns (.csv, .tsv, .jsonl, .ndjson, .json), or - for standard input")
	givenOnce(f, "file")
	addReadFlags(f)
	f.Bool("dry-run", false, "read and check it all, and print what would be enqueued; needs no Redis")
	f.String("at", "", "do not create before this time, such as 2026-12-03T09:00:00+01:00")
	f.String("rejects", "", "file to write the refused lines to, with their faults, to correct and enqueue")
	f.Bool("new-ids", false, "give lines without an id a new one each time: started again, they are sent again")
	f.Bool("all-or-nothing", false, "enqueue nothing if any line is invalid; reads all of it into memory first")
	addWaitFlags(c)
	f.String("example", "", "print a small file of campaigns and end: csv or jsonl. It is in simulation mode: nothing is sent")
	addFieldFlags(f)
	f.Lookup("account").Usage += "; with --file that of campaigns that name none"
	readsToo(c, "window", "accounts_dir")
	return c
}

func runEnqueue(c *cobra.Command) error {
	if c.Flags().Changed("example") {
		return printExample(c)
	}
	in, err := sourceOf(c)
	if err != nil {
		return err
	}
	defer in.close()
	opts, err := enqueueOptions(c)
	if err != nil {
		return err
	}
	wait, err := waitsForOne(c, in)
	if err != nil {
		return err
	}
	report, err := newEnqueueReport(c, in)
	if err != nil {
		return err
	}
	defer report.close()
	if dry, _ := c.Flags().GetBool("dry-run"); dry {
		return dryRun(c, in, report, opts)
	}
	configure := func(cfg *enqueue.Config, k *koanf.Koanf, caller access.Caller) {
		cfg.Windows, cfg.Warn, in.rule = windowsOf(k), report.warn, ruleOf(caller)
	}
	return withClientOf(c, configure, func(ctx context.Context, client *enqueue.Client) error {
		if err := report.begin(); err != nil {
			return err
		}
		in.check = func(item campaign.Campaign) error { return client.Check(item, opts...) }
		pieces := in.pieces
		if all, _ := c.Flags().GetBool("all-or-nothing"); all {
			var ok bool
			if pieces, ok = report.vet(pieces); !ok {
				return report.finish()
			}
		}
		err := report.enqueue(ctx, client, pieces, opts)
		if !wait || !report.one.there() {
			return err
		}
		return newWaiter(c, client).run(ctx, report.one.Account, report.one.ID)
	})
}

// waitsForOne reports whether the campaign is to be waited for.
func waitsForOne(c *cobra.Command, in *source) (bool, error) {
	wait, _ := waitWanted(c)
	if dry, _ := c.Flags().GetBool("dry-run"); wait && dry {
		return false, usagef("--wait and --watch have nothing to wait for with --dry-run")
	}
	if wait && in.many {
		return false, usagef("--wait and --watch are for one campaign by flags. Of a file, octoq status ID --wait waits for one each")
	}
	return wait, nil
}

// windowsOf are the accounts' windows, as a worker with the same settings has them.
func windowsOf(k *koanf.Koanf) map[string]string {
	windows := map[string]string{}
	_, _ = addFolder(k) // faults are the worker's to name
	for _, name := range append(k.MapKeys("accounts"), campaign.DefaultAccount) {
		v := values{k: k, name: name}
		windows[name] = v.text("window")
	}
	return windows
}

func enqueueOptions(c *cobra.Command) ([]enqueue.Option, error) {
	k, err := load(c.Flags())
	if err != nil {
		return nil, err
	}
	opts, err := durableOption(k.String("durable"))
	if err != nil {
		return nil, err
	}
	at, err := atFlag(c)
	if err != nil || at.IsZero() {
		return opts, err
	}
	return append(opts, enqueue.At(at)), nil
}

// source is where the campaigns come from.
type source struct {
	pieces iter.Seq[iter.Seq[enqueue.Item]] // a file is one piece, see pieces.Cut
	check  func(campaign.Campaign) error    // what would be refused later; set before pieces are taken
	rule   enqueue.Rule                     // what the actor's rights make of a campaign; nil for nothing, set before pieces are taken
	tally  tally
	file   *os.File // nil for a campaign of flags, and where standard input is no file
	many   bool     // it is no campaign of flags
}

func (s *source) close() {
	if s.file != nil && s.file != os.Stdin {
		_ = s.file.Close()
	}
}

// sourceOf reads campaigns from the file, or the one that the flags describe.
func sourceOf(c *cobra.Command) (*source, error) {
	name, err := c.Flags().GetString("file")
	if err != nil {
		return nil, err
	}
	fields, err := campaignFlags(c)
	if err != nil {
		return nil, err
	}
	if name != "" {
		fields = slices.DeleteFunc(fields, func(f [2]string) bool { return f[0] == "account" })
	}
	switch {
	case name == "" && len(fields) == 0:
		return nil, usagef("nothing to enqueue: name a file by --file, or a campaign by --list-name, --text, --type and --purpose. Try: octoq enqueue --help")
	case name != "" && len(fields) > 0:
		return nil, usagef("--file and the flags of one campaign do not go together")
	case name == "":
		items, err := one(c, fields)
		s := &source{}
		s.pieces = whole(s.ruled(items))
		return s, err
	}
	return fileSource(c, name)
}

// ruled are items as the actor may enqueue them.
func (s *source) ruled(items iter.Seq[enqueue.Item]) iter.Seq[enqueue.Item] {
	return func(yield func(enqueue.Item) bool) {
		for item := range items {
			if item.Err == nil && s.rule != nil {
				item.Campaign, item.Err = s.rule(item.Campaign)
			}
			if !yield(item) {
				return
			}
		}
	}
}

// judge is a campaign as it may be enqueued, or why it may not.
func (s *source) judge(item campaign.Campaign) (campaign.Campaign, error) {
	if s.rule != nil {
		var err error
		if item, err = s.rule(item); err != nil {
			return item, err
		}
	}
	return item, s.check(item)
}

// fileSource opens a file, or takes standard input. What first makes of each campaign comes
// before its id is made of its content.
func fileSource(c *cobra.Command, name string, first ...enqueue.Rule) (*source, error) {
	s := &source{many: true}
	in := c.InOrStdin()
	s.file, _ = in.(*os.File)
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the user names the file
		if err != nil {
			return nil, usagef("open campaigns: %v", err)
		}
		in, s.file = f, f
	}
	rules := slices.Clone(first)
	if again, _ := c.Flags().GetBool("new-ids"); !again {
		rules = append(rules, enqueue.NameByContent)
	}
	rules = append(rules, s.judge)
	items, err := readItems(c, name, counted{untilDone{in, c.Context()}, &s.tally.read}, rules...)
	if err != nil {
		s.close()
		return nil, err
	}
	if _, ok := regular(s.file); ok {
		s.pieces = whole(items)
	} else {
		s.pieces = pieces.Cut(c.Context(), items)
	}
	return s, nil
}

// campaignFlags are the flags of one campaign that were given. One that was given
// with nothing is refused: a variable of a script that is empty must not lift a bound,
// choose a new id, or send at once.
func campaignFlags(c *cobra.Command) ([][2]string, error) {
	var given [][2]string
	for _, name := range input.Fields() {
		flag := strings.ReplaceAll(name, "_", "-")
		f := c.Flags().Lookup(flag)
		if f == nil || !f.Changed {
			continue
		}
		if err := emptyFlag(flag, f.Value.String()); err != nil {
			return nil, err
		}
		if name == "max_cost" {
			if err := exponent(flag, f.Value.String()); err != nil {
				return nil, err
			}
		}
		given = append(given, [2]string{name, f.Value.String()})
	}
	return given, nil
}

// emptyFlag refuses a flag that was given without a value.
func emptyFlag(flag, value string) error {
	if strings.TrimSpace(value) == "" {
		return usagef("--%s is empty: give it a value, or leave it out", flag)
	}
	return nil
}

// exponent refuses an amount such as 1e9, which programs write and people mistype.
func exponent(flag, amount string) error {
	if strings.ContainsAny(amount, "eE") {
		return usagef("--%s: %q is no amount: write euros as digits with a decimal point, such as 25.00", flag, amount)
	}
	return nil
}

// one is the campaign of the flags.
func one(c *cobra.Command, fields [][2]string) (iter.Seq[enqueue.Item], error) {
	for _, name := range ofFiles() {
		if c.Flags().Changed(name) {
			return nil, usagef("--%s is for files: it says nothing of one campaign by flags", name)
		}
	}
	o, err := readOptions(c.Flags())
	if err != nil {
		return nil, err
	}
	o.Format = enqueue.FormatCSV
	item, err := o.Campaign(fields)
	if err != nil && !errors.Is(err, campaign.ErrInvalid) {
		return nil, readError(err)
	}
	return slices.Values([]enqueue.Item{{Campaign: item, Err: err}}), nil
}
