package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/action"
)

// showPlan prints which campaigns would be touched.
func showPlan(c *cobra.Command, p action.Preview) error {
	out := c.OutOrStdout()
	if jsonWanted(c) {
		return printJSON(out, p)
	}
	if p.Campaigns == 0 {
		_, err := fmt.Fprintf(out, "no campaign of account %s is to be touched%s\n", p.Account, leftOut(p))
		return err
	}
	t := newRecordTable(out, "ACCOUNT", "TICKET", "ATTEMPTS")
	for _, r := range p.Sample {
		t.record(r)
	}
	if err := t.flush(); err != nil {
		return err
	}
	if n := p.Campaigns - len(p.Sample); n > 0 {
		if _, err := fmt.Fprintf(out, "and %d more\n", n); err != nil {
			return err
		}
	}
	rows := newRows(out)
	rows.set("campaigns", strconv.Itoa(p.Campaigns)+leftOut(p))
	rows.set("price", priceOf(p))
	rows.set("plan", p.ID+", for an hour")
	return rows.flush()
}

func leftOut(p action.Preview) string {
	if p.LeftOut == 0 {
		return ""
	}
	return fmt.Sprintf("; %d others are left out, such as %s: %s", p.LeftOut, p.Problems[0].ID, p.Problems[0].Detail)
}

func priceOf(p action.Preview) string {
	text := fmt.Sprintf("%d contacts, %s", p.Contacts, p.Cost)
	if p.Unpriced > 0 {
		text += fmt.Sprintf(", and %d campaigns without a price", p.Unpriced)
	}
	return text
}

// confirmPlan asks whether a plan is to be carried out.
func confirmPlan(ctx context.Context, c *cobra.Command, p action.Preview) error {
	verb := string(p.Verb)
	question := fmt.Sprintf("%s %d campaigns", strings.ToUpper(verb[:1])+verb[1:], p.Campaigns)
	if p.Verb == action.Approve {
		question += fmt.Sprintf(", %s for %d contacts", p.Cost, p.Contacts)
	}
	if _, err := fmt.Fprint(c.OutOrStdout(), question+"? [y/N] "); err != nil {
		return err
	}
	answer, err := readAnswer(ctx, c.InOrStdin())
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	default:
		return &codeError{code: exitFailed, text: "nothing was touched"}
	}
}

// carryOut carries a plan out in the foreground, and prints what became of it.
func carryOut(ctx context.Context, c *cobra.Command, a *action.Actions, actor string, audit *accessstore.Store, verb action.Verb, plan string) error {
	account, _ := action.AccountOf(plan)
	err := audit.Note(ctx, accessstore.AuditEntry{Action: "action.begin", Subject: string(verb) + " " + plan, Account: account})
	if err != nil {
		return err
	}
	progress := &actionProgress{out: c.ErrOrStderr(), verb: verb, terminal: isTerminal(c.ErrOrStderr()), printed: time.Now()}
	err = a.BeginHere(ctx, plan, actor, progress.show)
	progress.close()
	goOn := "; what was touched stays so. To go on: " + commandOf(verb) + " --plan " + plan
	switch {
	case errors.Is(err, action.ErrElsewhere):
		return &codeError{code: exitFailed, text: "action " + plan + " is being carried out by another process, such as octoq web"}
	case errors.Is(err, action.ErrUnknown):
		return &codeError{code: exitNotFound, text: "plan " + plan + ": " + err.Error()}
	case err != nil && ctx.Err() != nil:
		return &codeError{code: exitFailed, text: "stopped: " + context.Cause(ctx).Error() + goOn}
	case err != nil:
		return fmt.Errorf("%w%s", err, goOn)
	}
	s, err := a.Status(ctx, plan)
	if err != nil {
		return err
	}
	return printAction(c, s)
}

// noteEnd puts into the audit log what an action came to.
func noteEnd(ctx context.Context, audit *accessstore.Store, s action.Status) error {
	return audit.Note(ctx, accessstore.AuditEntry{
		Who: s.By, Action: "action.end", Subject: string(s.Verb) + " " + s.ID, Account: s.Account,
		Detail: fmt.Sprintf("%s: %d of %d done, %d skipped, %d failed", s.State, s.Done, s.Total, s.Skipped, s.Failed),
	})
}

// printAction says what an action came to. Campaigns that refused the act make it fail.
func printAction(c *cobra.Command, s action.Status) error {
	if jsonWanted(c) {
		if err := printJSON(c.OutOrStdout(), s); err != nil {
			warnUnshown(c.ErrOrStderr(), err)
		}
	} else {
		for _, p := range s.Problems {
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "%s %s: %s\n", p.ID, p.Effect, plain(p.Detail))
		}
		_, err := fmt.Fprintln(c.OutOrStdout(), actionText(s))
		warnUnshown(c.ErrOrStderr(), err)
	}
	switch {
	case s.State == action.Stopped:
		return &codeError{code: exitFailed, text: "it was stopped. To go on: " + commandOf(s.Verb) + " --plan " + s.ID}
	case s.Failed > 0:
		return &codeError{code: exitFailed, text: fmt.Sprintf("%d of %d campaigns refused it", s.Failed, s.Total)}
	default:
		return nil
	}
}

func actionText(s action.Status) string {
	return fmt.Sprintf("%s: %d of %d campaigns done, %d skipped because they had changed, %d failed", s.Verb, s.Done, s.Total, s.Skipped, s.Failed)
}

// actionProgress shows on standard error how far an action has come: a bar on a terminal,
// a line every few seconds elsewhere.
type actionProgress struct {
	out      io.Writer
	verb     action.Verb
	terminal bool
	printed  time.Time // when it last printed a line
	pool     *mpb.Progress
	bar      *mpb.Bar
}

func (p *actionProgress) show(s action.Status) {
	if p.terminal {
		p.draw(s)
		return
	}
	if time.Since(p.printed) < progressEvery {
		return
	}
	p.printed = time.Now()
	_, _ = fmt.Fprintln(p.out, actionText(s))
}

func (p *actionProgress) draw(s action.Status) {
	if p.bar == nil {
		const width = 30
		p.pool = mpb.New(mpb.WithOutput(p.out), mpb.WithWidth(width))
		p.bar = p.pool.AddBar(int64(s.Total), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(string(p.verb)+" ")),
			mpb.AppendDecorators(decor.CountersNoUnit("%d of %d  "), decor.Elapsed(decor.ET_STYLE_GO)))
	}
	p.bar.SetCurrent(int64(s.Done + s.Skipped + s.Failed))
}

func (p *actionProgress) close() {
	if p.pool == nil {
		return
	}
	if !p.bar.Completed() {
		p.bar.Abort(true)
	}
	p.pool.Wait()
}
