package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/octoq/octoq/internal/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // this is a program, too
	}
}

// settings are the flags.
type settings struct {
	rows      string
	runs      int
	count     int
	lifecycle int
	instant   int
	samples   int
	handOns   int
	seconds   int
	million   int
	sizes     string
	workers   string
	peers     int
	puts      int
	putRate   int
	root      string
	binary    string
	write     string
	profiles  string
	json      bool
}

func (s *settings) flags(f *flag.FlagSet) {
	f.StringVar(&s.rows, "rows", "1,2,3,4,5,6,8,9,10,11", "which rows: 1 to 6, 7 for growth, 8 for alerts, 9 for finished campaigns, 10 for metrics and asynq's page, 11 for HTTP, accounts for idle accounts, peers for River and BullMQ")
	f.IntVar(&s.runs, "runs", 5, "runs of each measurement (row 7 takes one)")
	f.IntVar(&s.count, "n", 50_000, "rows 1, 2, 11: campaigns in each run of each side")
	f.IntVar(&s.lifecycle, "lifecycle", 20_000, "row 3: campaigns in each run of each side, API at 20 ms")
	f.IntVar(&s.instant, "instant", 10_000, "row 3: the same, API at 0 ms; row 9: finished campaigns")
	f.IntVar(&s.samples, "samples", 200, "row 4: pick-ups in each run")
	f.IntVar(&s.handOns, "hand-ons", 20, "row 4: hand-ons in each run, one to two seconds each")
	f.IntVar(&s.seconds, "seconds", 55, "rows 5, 8: how long; of row 5 the first 5 seconds do not count")
	f.IntVar(&s.million, "million", 1_000_000, "row 6: scheduled campaigns")
	f.StringVar(&s.sizes, "sizes", "1000,100000,1000000", "row 7: how many campaigns wait")
	f.StringVar(&s.workers, "workers", "1,4,16", "row 7: how many workers")
	f.IntVar(&s.puts, "puts", 10_000, "row 11: campaigns that are PUT one by one in each run")
	f.IntVar(&s.putRate, "put-rate", 1000, "row 11: how many of them a second")
	f.IntVar(&s.peers, "peers", 10_000, "peers: jobs in each run")
	f.StringVar(&s.root, "octoq", "..", "folder of octoq's module, to build the program from")
	f.StringVar(&s.binary, "octoq-bin", "", "a built octoq to use instead")
	f.StringVar(&s.write, "write", "", "file whose tables are replaced, between the markers of each row")
	f.StringVar(&s.profiles, "profiles", "", "rows 1 to 3: folder for a CPU profile of each side, of its last run")
	f.BoolVar(&s.json, "json", false, "print JSON, one object a row")
}

// bencher is what the rows share.
type bencher struct {
	settings

	dir      string // for data and logs; removed at the end
	progress func(format string, args ...any)
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) > 0 && args[0] == produceCommand {
		return produce(ctx, args[1:], out)
	}
	b := &bencher{progress: func(format string, args ...any) {
		_, _ = fmt.Fprintf(progress, time.Now().Format("15:04:05 ")+format+"\n", args...)
	}}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(progress)
	b.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	rows := strings.Split(b.rows, ",")
	if err := b.check(rows, f.Args()); err != nil {
		return err
	}
	var err error
	if b.dir, err = os.MkdirTemp("", "octoq-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	return b.all(ctx, rows, out)
}

func (b *bencher) check(rows, rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("%q is no flag. Try: -help", rest[0])
	}
	for _, r := range rows {
		if !slices.Contains([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", accountsRow, peersRow}, r) {
			return fmt.Errorf("there is no row %q: they are 1 to 11, %s and %s", r, accountsRow, peersRow)
		}
	}
	for _, n := range []int{b.runs, b.count, b.lifecycle, b.instant, b.samples, b.handOns, b.million, b.peers, b.puts, b.putRate} {
		if n < 1 {
			return errors.New("a number below 1 measures nothing")
		}
	}
	if b.seconds <= rampUp {
		return fmt.Errorf("-seconds %d: more than %d are needed", b.seconds, rampUp)
	}
	return nil
}

// all measures row after row and reports each as soon as it is measured. A row that
// fails does not keep the others from being measured.
func (b *bencher) all(ctx context.Context, rows []string, out io.Writer) error {
	measured := []struct {
		keys    []string
		measure func(context.Context) ([]bench.Section, error)
	}{
		{[]string{"1", "2"}, b.enqueueing},
		{[]string{"3"}, b.lifecycles},
		{[]string{"4"}, b.idle},
		{[]string{"5"}, b.limits},
		{[]string{"6"}, b.scheduled},
		{[]string{"7"}, b.growth},
		{[]string{"8"}, b.alerts},
		{[]string{"9"}, b.finished},
		{[]string{"10"}, b.watching},
		{[]string{"11"}, b.overHTTP},
		{[]string{accountsRow}, b.accounts},
		{[]string{peersRow}, b.peerJobs},
	}
	var failures []error
	for _, m := range measured {
		wanted := func(key string) bool { return slices.Contains(rows, key) }
		if !slices.ContainsFunc(m.keys, wanted) {
			continue
		}
		b.progress("row %s", strings.Join(m.keys, " and "))
		loadBefore := bench.Load()
		sections, err := m.measure(ctx)
		if err != nil {
			failures = append(failures, fmt.Errorf("row %s: %w", strings.Join(m.keys, " and "), err))
			b.progress("%v", failures[len(failures)-1])
		}
		for _, s := range sections {
			if err := b.report(s, loadBefore, out); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(failures...)
}

// report prints a section and writes it where it is wanted.
func (b *bencher) report(s bench.Section, loadBefore string, out io.Writer) error {
	s.Setup = strings.TrimSpace(s.Setup)
	where := s.Machine + "; load average before " + loadBefore
	if b.json {
		return json.NewEncoder(out).Encode(s)
	}
	table := s.Markdown() + "\nTaken on " + where + ".\n"
	if _, err := fmt.Fprintf(out, "\n### %s. %s\n\n%s\n", s.Key, s.Title, table); err != nil {
		return err
	}
	if b.write == "" {
		return nil
	}
	return replace(b.write, s.Key, table)
}

// numbers reads a list such as 1000,100000.
func numbers(list string) ([]int, error) {
	var ns []int
	for part := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no list of numbers such as 1000,100000", list)
		}
		ns = append(ns, n)
	}
	return ns, nil
}
