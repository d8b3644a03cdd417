package main

import (
	"fmt"
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/octoq/octoq/campaign"
)

// progress shows how campaigns move: a line per change, and on a terminal a
// bar below them.
type progress struct {
	lines io.Writer
	pool  *mpb.Progress
	bar   *mpb.Bar
	began time.Time
	seen  map[string]campaign.State
}

func newProgress(out io.Writer, terminal bool, total int) *progress {
	p := &progress{lines: out, began: time.Now(), seen: map[string]campaign.State{}}
	if !terminal {
		return p
	}
	const width = 40
	p.pool = mpb.New(mpb.WithOutput(out), mpb.WithWidth(width))
	p.bar = p.pool.AddBar(int64(total),
		mpb.PrependDecorators(decor.Name("campaigns ended ")),
		mpb.AppendDecorators(decor.CountersNoUnit("%d of %d  "), decor.Elapsed(decor.ET_STYLE_GO)))
	p.lines = p.pool
	return p
}

// record shows a campaign if its state has changed.
func (p *progress) record(r campaign.Record) {
	was, known := p.seen[r.ID()]
	if known && was == r.State {
		return
	}
	p.seen[r.ID()] = r.State
	_, _ = fmt.Fprintf(p.lines, "%6.2fs  %-16s %-18s %s\n", time.Since(p.began).Seconds(), r.ID(), r.State, plain(remark(r)))
	if p.bar != nil && r.State.Final() && !was.Final() {
		p.bar.Increment()
	}
}

// remark is what is worth knowing about a campaign in its state.
func remark(r campaign.Record) string {
	switch {
	case r.State == campaign.StateDead && r.Failure != nil:
		return failureText(*r.Failure)
	case r.Priced():
		return r.Price()
	case r.Ticket != "":
		return "ticket " + r.Ticket
	default:
		return r.Waiting
	}
}

func (p *progress) close() {
	if p.pool == nil {
		return
	}
	if !p.bar.Completed() {
		p.bar.Abort(false)
	}
	p.pool.Wait()
}
