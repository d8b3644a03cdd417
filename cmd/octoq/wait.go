package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

const waitHelp = "--wait returns once the campaign has ended, or a person is needed; --watch shows each\n" +
	"change until then. Exit codes of both: 0 sent or simulated, 1 dead or cancelled, 7 a\n" +
	"person is needed. Ctrl-C ends the wait alone: the campaign goes on.\n"

func addWaitFlags(c *cobra.Command) {
	c.Flags().Bool("wait", false, "wait until the campaign has ended, or a person is needed")
	c.Flags().Bool("watch", false, "the same, and show each change")
}

// waitWanted reads the flags of a wait.
func waitWanted(c *cobra.Command) (wait, watch bool) {
	wait, _ = c.Flags().GetBool("wait")
	watch, _ = c.Flags().GetBool("watch")
	return wait || watch, watch
}

// waiter follows one campaign.
type waiter struct {
	client   *enqueue.Client
	out, err io.Writer
	json     bool
	watch    bool
	seen     []campaign.Entry
	waiting  string
	revision int64
	away     bool // Redis is, and that was said
}

// newWaiter has seen nothing yet.
func newWaiter(c *cobra.Command, client *enqueue.Client) *waiter {
	_, watch := waitWanted(c)
	return &waiter{client: client, out: c.OutOrStdout(), err: c.ErrOrStderr(), json: jsonWanted(c), watch: watch, revision: -1}
}

// run waits until a campaign has ended, or a person is needed, and reports how it stands.
func (w *waiter) run(ctx context.Context, account, id string) error {
	r, err := w.await(ctx, account, id)
	if err != nil {
		return err
	}
	return w.ended(r)
}

// await looks at a campaign until it has ended, or a person is needed. A Redis that
// is away is waited for.
func (w *waiter) await(ctx context.Context, account, id string) (campaign.Record, error) {
	const every = 500 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		r, err := w.client.Get(ctx, account, id)
		switch {
		case ctx.Err() != nil:
			return r, goesOn(ctx, account, id)
		case err != nil && redisAway(err):
			w.sayAway(err)
		case err != nil:
			return r, err
		default:
			w.away = false
			if err := w.show(r); err != nil || r.State.Final() || needsPerson(r) {
				return r, err
			}
		}
		select {
		case <-ctx.Done():
			return campaign.Record{}, goesOn(ctx, account, id)
		case <-tick.C:
		}
	}
}

// goesOn says what an interrupted wait leaves behind.
func goesOn(ctx context.Context, account, id string) error {
	return fmt.Errorf("%w: the campaign goes on; %s shows how", context.Cause(ctx), command("status", recordOf(account, id)))
}

// recordOf is enough of a record to name its campaign.
func recordOf(account, id string) campaign.Record {
	return campaign.Record{Campaign: campaign.Campaign{ID: id, Account: account}}
}

func (w *waiter) sayAway(err error) {
	if !w.away {
		_, _ = fmt.Fprintln(w.err, "octoq:", plainLines(awayText(err)), "Waiting for it.")
		w.away = true
	}
}

// show prints what is new about a campaign that is watched.
func (w *waiter) show(r campaign.Record) error {
	if !w.watch {
		return nil
	}
	if w.json {
		if r.Revision == w.revision {
			return nil
		}
		w.revision = r.Revision
		return printJSON(w.out, r)
	}
	t := newTable(w.out)
	t.wraps = true
	for _, e := range unseenEntries(r.Timeline, w.seen) {
		t.row(timeText(e.At), fmt.Sprintf("%s  by %s  %s", e.What, e.Who, e.Why))
	}
	if w.seen == nil && len(r.Timeline) == 0 {
		t.row(timeText(r.EnqueuedAt), string(r.State))
	}
	if what := waitingText(r); what != w.waiting && what != "" {
		t.row(timeText(r.UpdatedAt), "waits for "+what)
	}
	w.seen, w.waiting = append([]campaign.Entry{}, r.Timeline...), waitingText(r)
	return t.flush()
}

// unseenEntries are the entries of a timeline behind the last one that was seen;
// all of it where that is no longer kept.
func unseenEntries(timeline, seen []campaign.Entry) []campaign.Entry {
	if len(seen) == 0 {
		return timeline
	}
	last := seen[len(seen)-1]
	for i := len(timeline) - 1; i >= 0; i-- {
		if e := timeline[i]; e.At.Equal(last.At) && e.What == last.What && e.Who == last.Who && e.Why == last.Why {
			return timeline[i+1:]
		}
	}
	return timeline
}

// ended prints a campaign that was waited for, and is the exit code that says how it
// stands.
func (w *waiter) ended(r campaign.Record) error {
	if err := w.last(r); err != nil {
		return err
	}
	switch {
	case needsPerson(r):
		return errSilent(exitPerson)
	case r.State == campaign.StateSent, r.State == campaign.StateSimulated:
		return nil
	default:
		return errSilent(exitFailed)
	}
}

func (w *waiter) last(r campaign.Record) error {
	switch {
	case w.json && w.watch: // it was printed with its last change
		return nil
	case w.json:
		return printJSON(w.out, r)
	}
	t := newRows(w.out)
	t.set("campaign", r.Account()+"/"+r.ID())
	t.set("state", string(r.State))
	t.set("ticket", r.Ticket)
	t.set("priced", r.Price())
	t.set("sending date", r.SendingDate)
	t.set("waits for", waitingText(r))
	t.set("failure", failureCell(r))
	todoRows(t.set, r)
	return t.flush()
}
