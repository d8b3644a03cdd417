package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/octoq/octoq/internal/bench"
)

// peersRow is the same job on other queues.
const peersRow = "peers"

// peersFolder holds their programs, seen from this module's.
const peersFolder = "peers"

// jobFigures are what a peer's program prints; times in milliseconds.
type jobFigures struct {
	One, Bulk        float64
	Called, Returned []float64
}

// peer is one of those that do the job. What it needs and is missing is said by
// its error, and the others are measured all the same.
type peer struct {
	name string
	// open makes it ready; job may be called until the done that comes back is.
	open func(ctx context.Context) (job func(ctx context.Context) (jobFigures, error), done func(), err error)
}

func (b *bencher) peerJobs(ctx context.Context) (sections []bench.Section, err error) {
	section := bench.Section{
		Key: peersRow, Title: "The same job on River and BullMQ",
		Setup: fmt.Sprintf("%d jobs with the JSON of a campaign are enqueued one by one and in bulk (by the thousand where the peer asks for "+
			"batches), and %d, %d ms apart, for an idle worker. Each was worked exactly once. Redis keeps an append-only file, synced once a second; "+
			"PostgreSQL has its default settings, so each of its commits waits for the disk. River and BullMQ neither validate nor keep a ledger.",
			b.peers, b.samples, 20),
	}
	err = b.withRedis(ctx, true, func(p *bench.Place) error {
		peers := []peer{{"octoq", b.openOctoq(p)}, {"BullMQ 6.7.0", b.openBullMQ(p)}, {"River 0.51.1", b.openRiver}}
		missing, err := b.measurePeers(ctx, peers, &section)
		if err != nil {
			return err
		}
		for _, m := range missing {
			section.Setup += " Not measured: " + m + "."
		}
		sections = []bench.Section{section}
		return b.note(ctx, p, "", sections)
	})
	return sections, err
}

// measurePeers lets the peers take turns.
func (b *bencher) measurePeers(ctx context.Context, peers []peer, section *bench.Section) (missing []string, err error) {
	type ready struct {
		name  string
		job   func(ctx context.Context) (jobFigures, error)
		taken []jobFigures
	}
	var all []*ready
	var opened []func()
	defer func() {
		for _, done := range opened {
			done()
		}
	}()
	for _, p := range peers {
		job, done, err := p.open(ctx)
		if err != nil {
			b.progress("%s: %v", p.name, err)
			missing = append(missing, p.name+" ("+firstLine(err)+")")
			continue
		}
		opened = append(opened, done)
		all = append(all, &ready{name: p.name, job: job})
	}
	for run := range b.runs {
		for _, p := range all {
			got, err := p.job(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			p.taken = append(p.taken, got)
			b.progress("run %d: %s: %s/s one by one, %s/s in bulk, p50 %s ms", run+1, p.name,
				bench.Number(got.One), bench.Number(got.Bulk), bench.Number(bench.Quantile(got.Returned, 0.5)))
		}
	}
	for _, p := range all {
		section.Figures = append(section.Figures, peerFigures(p.name, p.taken)...)
	}
	return missing, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func peerFigures(name string, taken []jobFigures) []bench.Figure {
	figure := func(what, unit string, of func(jobFigures) float64) bench.Figure {
		f := bench.Figure{Name: name + ": " + what, Unit: unit}
		for _, t := range taken {
			f.Values = append(f.Values, of(t))
		}
		return f
	}
	const p50, p99 = 0.5, 0.99
	return []bench.Figure{
		figure("enqueued one by one", "/s", func(j jobFigures) float64 { return j.One }),
		figure("enqueued in bulk", "/s", func(j jobFigures) float64 { return j.Bulk }),
		figure("enqueue returned → handler, p50", "ms", func(j jobFigures) float64 { return bench.Quantile(j.Returned, p50) }),
		figure("enqueue returned → handler, p99", "ms", func(j jobFigures) float64 { return bench.Quantile(j.Returned, p99) }),
		figure("enqueue called → handler, p50", "ms", func(j jobFigures) float64 { return bench.Quantile(j.Called, p50) }),
		figure("enqueue called → handler, p99", "ms", func(j jobFigures) float64 { return bench.Quantile(j.Called, p99) }),
	}
}

type opening = func(context.Context) (func(context.Context) (jobFigures, error), func(), error)

func (b *bencher) openOctoq(p *bench.Place) opening {
	return func(context.Context) (func(context.Context) (jobFigures, error), func(), error) {
		return func(ctx context.Context) (jobFigures, error) {
			j, err := bench.Jobs(ctx, p, b.peers, b.samples)
			return jobFigures{One: j.One, Bulk: j.Bulk, Called: bench.Millis(j.Called), Returned: bench.Millis(j.Returned)}, err
		}, func() {}, nil
	}
}

// openBullMQ installs BullMQ in a copy of its folder. What it needs beyond
// itself it pins exactly; its optional parts, compiled ones, are left out.
func (b *bencher) openBullMQ(p *bench.Place) opening {
	return func(ctx context.Context) (func(context.Context) (jobFigures, error), func(), error) {
		for _, program := range []string{"node", "npm"} {
			if _, err := exec.LookPath(program); err != nil {
				return nil, nil, errors.New(program + " is not installed")
			}
		}
		dir := filepath.Join(b.dir, "bullmq")
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(peersFolder, "bullmq"))); err != nil {
			return nil, nil, err
		}
		install := exec.CommandContext(ctx, "npm", "install", "--no-package-lock", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			return nil, nil, fmt.Errorf("npm install failed: %w\n%s", err, out)
		}
		at, err := url.Parse(p.URL)
		if err != nil {
			return nil, nil, err
		}
		host, port, err := net.SplitHostPort(at.Host)
		if err != nil {
			return nil, nil, err
		}
		return b.program(dir, "node", "bench.mjs", host, port), func() {}, nil
	}
}

// openRiver starts a PostgreSQL and builds River's program.
func (b *bencher) openRiver(ctx context.Context) (func(context.Context) (jobFigures, error), func(), error) {
	folder, err := filepath.Abs(filepath.Join(peersFolder, "river"))
	if err != nil {
		return nil, nil, err
	}
	program := filepath.Join(b.dir, "river")
	if out, err := exec.CommandContext(ctx, "go", "build", "-C", folder, "-o", program, ".").CombinedOutput(); err != nil { //nolint:gosec // the folder is this module's
		return nil, nil, fmt.Errorf("its program cannot be built: %w\n%s", err, out)
	}
	at, done, err := b.postgres(ctx)
	if err != nil {
		return nil, nil, err
	}
	return b.program(b.dir, program, at), done, nil
}

// program runs a peer's program, which gets the count, the number of samples
// and the job as its last arguments.
func (b *bencher) program(dir, name string, args ...string) func(context.Context) (jobFigures, error) {
	return func(ctx context.Context) (got jobFigures, err error) {
		job, err := json.Marshal(bench.Campaign(account, 0))
		if err != nil {
			return got, err
		}
		c := exec.CommandContext(ctx, name, append(args[:len(args):len(args)], strconv.Itoa(b.peers), strconv.Itoa(b.samples), string(job))...) //nolint:gosec // it is a peer's program
		c.Dir, c.Stderr = dir, os.Stderr
		out, err := c.Output()
		if err != nil {
			return got, err
		}
		err = json.Unmarshal(out, &got)
		return got, err
	}
}
