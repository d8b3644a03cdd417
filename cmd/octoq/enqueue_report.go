package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// enqueueReport counts and prints what becomes of each line.
type enqueueReport struct {
	out, err io.Writer
	json     bool
	rejects  *os.File
	started  bool // the rejects file has its header

	enqueued, known, invalid int
	// notDurable counts those of the enqueued and known that Redis did not confirm.
	notDurable int
	failed     error // the first trouble that is not a campaign's
}

func newEnqueueReport(c *cobra.Command) (*enqueueReport, error) {
	r := &enqueueReport{out: c.OutOrStdout(), err: c.ErrOrStderr(), json: jsonWanted(c)}
	name, err := c.Flags().GetString("rejects")
	if err != nil || name == "" {
		return r, err
	}
	const mode = 0o600                                                           // texts and lists are nobody else's
	r.rejects, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode) //nolint:gosec // the user names the file
	if err != nil {
		return nil, usagef("--rejects: %v", err)
	}
	return r, nil
}

func (r *enqueueReport) close() {
	if r.rejects != nil {
		_ = r.rejects.Close()
	}
}

// line is what --json prints of one campaign.
type line struct {
	Line     int                `json:"line,omitempty"`
	Result   string             `json:"result"` // enqueued, known, invalid or failed
	Account  string             `json:"account,omitempty"`
	ID       string             `json:"id,omitempty"`
	State    campaign.State     `json:"state,omitempty"`
	Same     *bool              `json:"same,omitempty"`
	Warnings []campaign.Warning `json:"warnings,omitempty"`
	Error    string             `json:"error,omitempty"`
	Faults   []campaign.Fault   `json:"faults,omitempty"`
	// NotDurable says why Redis did not confirm what --durable asked for.
	NotDurable string `json:"not_durable,omitempty"`
}

// vet reads everything and refuses it all if one is invalid.
func (r *enqueueReport) vet(items iter.Seq[enqueue.Item]) (iter.Seq[enqueue.Item], bool) {
	var good []enqueue.Item
	for item := range items {
		if item.Err != nil {
			r.refuse(item)
			continue
		}
		good = append(good, item)
	}
	if r.invalid > 0 || r.failed != nil {
		return nil, false
	}
	return func(yield func(enqueue.Item) bool) {
		for _, item := range good {
			if !yield(item) {
				return
			}
		}
	}, true
}

// enqueue puts the valid campaigns into Redis and prints every result.
func (r *enqueueReport) enqueue(ctx context.Context, client *enqueue.Client, items iter.Seq[enqueue.Item], opts []enqueue.Option) error {
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
		if r.failed != nil && redisAway(r.failed) {
			break
		}
	}
	if err := context.Cause(ctx); err != nil && r.failed == nil {
		r.failed = fmt.Errorf("%w: start it again with the same file, what is in Redis already is known there", err)
	}
	return r.finish()
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
		r.enqueued++
	case errors.As(err, &duplicate):
		r.known++
		l.Result, l.State, l.Same = "known", duplicate.State, &duplicate.Same
	case notDurable:
		r.enqueued++
	case errors.Is(err, campaign.ErrInvalid):
		r.invalid++
		l.Result, l.Error = "invalid", err.Error()
	default:
		if r.failed == nil {
			r.failed = err
		}
		l.Result, l.Error = "failed", err.Error()
	}
	r.print(l)
}

// unconfirmed counts what is in Redis, and perhaps not for good.
func (r *enqueueReport) unconfirmed(err *enqueue.NotDurableError) {
	r.notDurable++
	if r.failed == nil {
		r.failed = err
	}
}

// refuse tells a line that was not enqueued, with every fault.
func (r *enqueueReport) refuse(item enqueue.Item) {
	if !errors.Is(item.Err, campaign.ErrInvalid) {
		if r.failed == nil {
			r.failed = item.Err
		}
		return
	}
	r.invalid++
	l := line{Line: item.Line, Result: "invalid", Error: item.Err.Error()}
	var faulty *enqueue.LineError
	if errors.As(item.Err, &faulty) {
		l.ID, l.Faults = faulty.ID, faulty.Faults
	}
	r.reject(item)
	r.print(l)
}

// reject keeps a refused line, so that it can be mended and read again.
func (r *enqueueReport) reject(item enqueue.Item) {
	if r.rejects == nil || item.Raw == nil {
		return
	}
	text := append([]byte{}, item.Raw...)
	if !r.started && item.Header != nil {
		text = append(append(append([]byte{}, item.Header...), '\n'), text...)
	}
	r.started = true
	if _, err := r.rejects.Write(append(text, '\n')); err != nil && r.failed == nil {
		r.failed = fmt.Errorf("write the rejects: %w", err)
	}
}

func (r *enqueueReport) print(l line) {
	switch {
	case r.json:
		_ = printJSON(r.out, l)
	case l.Result == "invalid" || l.Result == "failed":
		_, _ = fmt.Fprintln(r.err, l.Error)
	default:
		place := "campaign " + l.ID
		if l.Line > 0 {
			place = fmt.Sprintf("line %d, %s", l.Line, place)
		}
		for _, w := range l.Warnings {
			_, _ = fmt.Fprintf(r.err, "%s: warning: %s: %s\n", place, w.Field, w.Problem)
		}
	}
}

// finish prints the sum and turns it into the exit code.
func (r *enqueueReport) finish() error {
	if !r.json {
		_, _ = fmt.Fprintf(r.out, "%d enqueued, %d known already, %d invalid", r.enqueued, r.known, r.invalid)
		if r.notDurable > 0 {
			_, _ = fmt.Fprintf(r.out, ", %d not confirmed as durable", r.notDurable)
		}
		_, _ = fmt.Fprintln(r.out)
	}
	switch {
	case r.failed != nil:
		return r.failed
	case r.invalid > 0:
		return errSilent(exitUsage)
	case r.enqueued == 0 && r.known > 0:
		return errSilent(exitKnown)
	default:
		return nil
	}
}
