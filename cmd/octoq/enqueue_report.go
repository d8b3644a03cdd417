package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/content"
)

// enqueueReport counts and prints what becomes of each line.
type enqueueReport struct {
	out, err io.Writer
	json     bool
	tally    *tally
	progress *fileProgress // nil for a single campaign
	one      line          // the result of a single campaign
	rejects  *os.File
	started  bool // the rejects file has its header

	// notDurable counts those of the enqueued and known that Redis did not
	// confirm, unsent those that had been read when the run was interrupted.
	notDurable, unsent, warned, troubled int
	ofAccounts                           []string // warnings that were printed for all campaigns of an account
	unanswered                           int      // sent to Redis, and the run was interrupted before the reply
	stopped                              func() error
	dry                                  bool  // nothing is enqueued
	hidden                               error // why a result could not be printed
	failed                               error // the first trouble that is not a campaign's, or the one that ended the run
}

func newEnqueueReport(c *cobra.Command, in *source) (*enqueueReport, error) {
	r := &enqueueReport{
		out: c.OutOrStdout(), err: c.ErrOrStderr(), json: jsonWanted(c), tally: &in.tally,
		stopped: func() error { return context.Cause(c.Context()) },
	}
	name, err := c.Flags().GetString("rejects")
	if err != nil {
		return nil, err
	}
	if name != "" {
		if r.rejects, err = openRejects(name, in.file); err != nil {
			return nil, err
		}
	}
	r.dry, _ = c.Flags().GetBool("dry-run")
	if in.many && !r.dry {
		r.progress = newFileProgress(r.err, isTerminal(r.err), r.tally, sizeOf(in.file))
		r.err = r.progress.lines
	}
	return r, nil
}

func (r *enqueueReport) close() {
	r.endProgress()
	if r.rejects != nil {
		_ = r.rejects.Close()
	}
}

// warn prints what is wrong though campaigns can be enqueued.
func (r *enqueueReport) warn(text string) { _, _ = fmt.Fprintln(r.err, "warning: "+text) }

// endProgress takes the bar away.
func (r *enqueueReport) endProgress() {
	if p := r.progress; p != nil {
		out := p.out
		p.close()
		r.err, r.progress = out, nil
	}
}

func (r *enqueueReport) step() {
	if r.progress != nil {
		r.progress.step()
	}
}

// vet reads everything and refuses it all if one is invalid.
func (r *enqueueReport) vet(pieces iter.Seq[iter.Seq[enqueue.Item]]) (iter.Seq[iter.Seq[enqueue.Item]], bool) {
	var good []enqueue.Item
	for items := range pieces {
		for item := range items {
			if item.Err != nil {
				r.refuse(item)
				continue
			}
			good = append(good, item)
		}
	}
	if err := r.stopped(); err != nil {
		r.unsent += len(good)
		r.fail(r.interrupted(err))
	}
	if r.tally.invalid.Load() > 0 || r.failed != nil {
		return nil, false
	}
	return whole(slices.Values(good)), true
}

// enqueue puts the valid campaigns into Redis and prints every result.
func (r *enqueueReport) enqueue(ctx context.Context, client *enqueue.Client, pieces iter.Seq[iter.Seq[enqueue.Item]], opts []enqueue.Option) error {
	for items := range pieces {
		if ctx.Err() != nil {
			r.leave(ctx, items)
			continue
		}
		if !r.piece(ctx, client, items, opts) {
			break
		}
	}
	if err := context.Cause(ctx); err != nil {
		r.fail(r.interrupted(err))
	}
	return r.finish()
}

// leave counts what had been read when the run was interrupted.
func (r *enqueueReport) leave(ctx context.Context, items iter.Seq[enqueue.Item]) {
	for item := range items {
		if item.Err != nil {
			r.refuse(item)
			continue
		}
		r.result(item.Line, enqueue.Receipt{Account: content.WithDefaults(item.Campaign).Account, ID: item.Campaign.ID}, ctx.Err())
	}
}

// interrupted says what a run that was stopped left behind.
func (r *enqueueReport) interrupted(err error) error {
	open := ""
	if r.unanswered > 0 {
		open = fmt.Sprintf(", %d more may be in Redis or not", r.unanswered)
	}
	return fmt.Errorf("%w: not all of it is enqueued (%d lines that had been read are not%s); "+
		"start it again with the same file, or feed it the same lines again: what is in Redis already is known there", err, r.unsent, open)
}

// piece is enqueue for one piece of it. It reports whether there is any use in
// going on.
func (r *enqueueReport) piece(ctx context.Context, client *enqueue.Client, items iter.Seq[enqueue.Item], opts []enqueue.Option) bool {
	var lines []int // of the campaigns handed on and not yet answered
	valid := func(yield func(campaign.Campaign) bool) {
		for item := range items {
			if item.Err != nil {
				r.refuse(item)
				continue
			}
			lines = append(lines, item.Line)
			if !yield(item.Campaign) {
				return
			}
		}
	}
	for receipt, err := range client.EnqueueAll(ctx, valid, opts...) {
		var at int
		if len(lines) > 0 {
			at, lines = lines[0], lines[1:]
		}
		r.result(at, receipt, err)
		r.step()
		if err != nil && r.stopped() == nil && (redisAway(err) || adviceOn(err) != "") {
			r.failed = err
			return false
		}
	}
	return true
}

func (r *enqueueReport) result(at int, receipt enqueue.Receipt, err error) {
	l := line{Line: at, Result: "enqueued", Account: receipt.Account, ID: receipt.ID, State: receipt.State, Warnings: receipt.Warnings}
	var duplicate *campaign.DuplicateError
	unsure, notDurable := errors.AsType[*enqueue.NotDurableError](err)
	if notDurable {
		r.unconfirmed(unsure)
		l.NotDurable = unsure.Why
	}
	switch {
	case err == nil:
		r.tally.enqueued.Add(1)
	case errors.As(err, &duplicate):
		r.tally.known.Add(1)
		l.Result, l.State, l.Same = "known", duplicate.State, &duplicate.Same
		if !duplicate.Same {
			l.Error = r.otherContent(duplicate)
		}
	case errors.Is(err, campaign.ErrDuplicate): // and no more could be read of it
		r.tally.known.Add(1)
		l.Result, l.Error = "known", err.Error()
	case notDurable:
		r.tally.enqueued.Add(1)
	case errors.Is(err, campaign.ErrInvalid):
		r.tally.invalid.Add(1)
		l.Result, l.Error = "invalid", err.Error()
	case errors.Is(err, context.Canceled) && r.stopped() != nil:
		r.unsent++
		l.Result, l.Error = "failed", "interrupted before it was enqueued"
		if !r.json {
			return
		}
	case errors.Is(err, enqueue.ErrUnanswered) && r.stopped() != nil:
		r.unanswered++
		l.Result, l.Error = "failed", err.Error()
	default:
		r.fail(err)
		r.tally.failed.Add(1)
		l.Result, l.Error = "failed", err.Error()
	}
	if r.progress == nil {
		r.one = l
	}
	r.print(l)
}

// otherContent says what is known of a campaign that is not the one of the line.
// A purged one left nothing to compare with.
func (r *enqueueReport) otherContent(e *campaign.DuplicateError) string {
	if e.State == campaign.StatePurged {
		return fmt.Sprintf("campaign %s/%s is known already and was purged: its content is not kept, so it is unknown whether this is the same", e.Account, e.ID)
	}
	r.tally.other.Add(1)
	return e.Error() + "; that one counts, this one does not"
}

// fail keeps the first trouble.
func (r *enqueueReport) fail(err error) {
	if r.failed == nil {
		r.failed = err
	}
}

// unconfirmed counts what is in Redis, and perhaps not for good.
func (r *enqueueReport) unconfirmed(err *enqueue.NotDurableError) {
	r.notDurable++
	r.fail(err)
}

// refuse reports a line that was not enqueued, with every fault.
func (r *enqueueReport) refuse(item enqueue.Item) {
	if !errors.Is(item.Err, campaign.ErrInvalid) {
		if r.stopped() == nil {
			r.fail(item.Err)
		}
		return
	}
	r.tally.invalid.Add(1)
	defer r.step()
	l := line{Line: item.Line, Result: "invalid", Error: item.Err.Error()}
	var faulty *enqueue.LineError
	if errors.As(item.Err, &faulty) {
		l.ID, l.Faults = faulty.ID, faulty.Faults
	}
	r.reject(item)
	r.print(l)
}
