package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/bench"
)

func newBench() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "measure octoq on this Redis, against plain asynq and raw pipelines",
		Long: "Measures how fast campaigns get into this Redis, and how soon idle workers pick\n" +
			"them up, each against plain asynq in the same run. It works under accounts of its\n" +
			"own (bench-…), sends nothing, and removes what it wrote, for which it walks over all\n" +
			"keys; yet it loads Redis as much as it can, so choose the hour. Other rows, on Redis\n" +
			"servers of their own, are measured by make bench; docs/performance.md has them all.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runBench(c) },
	}
	addFlags(c.Flags(), "redis_url")
	c.Flags().Int("runs", 3, "runs of each measurement")
	c.Flags().Int("count", 20_000, "campaigns that each side of a run enqueues")
	c.Flags().Int("samples", 100, "pick-ups of each run")
	return c
}

func runBench(c *cobra.Command) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	r := flagReader{flags: c.Flags()}
	runs, count, samples := int(r.number("runs")), int(r.number("count")), int(r.number("samples"))
	if r.err != nil {
		return r.err
	}
	if runs < 1 || count < 1 || samples < 1 {
		return usagef("--runs, --count and --samples want 1 or more")
	}
	address, err := redisURL(k)
	if err != nil {
		return err
	}
	rdb, err := dial(c.Context(), k)
	if err != nil {
		return err
	}
	_ = rdb.Close()
	place, err := bench.NewPlace(c.Context(), address)
	if err != nil {
		return err
	}
	cfg := bench.Config{Runs: runs, Count: count, Progress: func(format string, args ...any) {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), format+"\n", args...)
	}}
	return errors.Join(benchRows(c, place, cfg, samples), place.Close(c.Context()))
}

// benchRows measures and prints. What was measured is printed also when
// something after it fails.
func benchRows(c *cobra.Command, place *bench.Place, cfg bench.Config, samples int) error {
	ctx := c.Context()
	if !jsonWanted(c) {
		_, _ = fmt.Fprintln(c.OutOrStdout(), bench.Machine(ctx, place.Client))
	}
	loop, raw, err := bench.Enqueueing(ctx, place, cfg)
	if err != nil {
		return err
	}
	if err := printSections(c, place, loop, raw); err != nil {
		return err
	}
	const handOns, plain, watch = 5, 5, 5 * time.Second
	cfg.Count = samples
	idle, err := bench.Idle(ctx, place, bench.IdleConfig{Config: cfg, HandOns: handOns, Asynq: plain, Watch: watch})
	if err != nil {
		return err
	}
	return printSections(c, place, idle)
}

func printSections(c *cobra.Command, place *bench.Place, sections ...bench.Section) error {
	for _, s := range sections {
		if jsonWanted(c) {
			s.Machine = bench.Machine(c.Context(), place.Client)
			if err := printJSON(c.OutOrStdout(), s); err != nil {
				return err
			}
			continue
		}
		if err := writeSection(c.OutOrStdout(), s); err != nil {
			return err
		}
	}
	return nil
}

func writeSection(out io.Writer, s bench.Section) error {
	_, _ = fmt.Fprintf(out, "\n%s. %s\n%s\n", s.Key, s.Title, s.Setup)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FIGURE\tMEDIAN\tRANGE\tRUNS\tTO REACH\t")
	for _, c := range s.Cells() {
		_, _ = fmt.Fprintln(w, strings.ReplaceAll(strings.Join(c[:], "\t"), "**", ""))
	}
	return w.Flush()
}
