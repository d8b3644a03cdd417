package main

import (
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
)

// maxPrinted is how many campaigns of a file are printed of each kind: those with
// warnings, and those that failed or have other content than the known one. The
// others are counted. --json prints all.
const maxPrinted = 100

// line is what --json prints of one campaign.
type line struct {
	Line     int                `json:"line,omitempty"`
	Result   string             `json:"result"` // enqueued, known, invalid or failed; of --dry-run would_enqueue, twice or invalid
	Account  string             `json:"account,omitempty"`
	ID       string             `json:"id,omitempty"`
	State    campaign.State     `json:"state,omitempty"`
	Same     *bool              `json:"same,omitempty"`
	Warnings []campaign.Warning `json:"warnings,omitempty"`
	Error    string             `json:"error,omitempty"`
	Faults   []campaign.Fault   `json:"faults,omitempty"`
	// NotDurable says why Redis did not confirm what --durable asked for.
	NotDurable string `json:"not_durable,omitempty"`
	// Campaign is what --dry-run would enqueue.
	Campaign *campaign.Campaign `json:"campaign,omitempty"`
}

// there reports whether the campaign of the line is in Redis, as it was given.
func (l line) there() bool {
	return l.Error == "" && (l.Result == "enqueued" || l.Result == "known" && l.Same != nil && *l.Same)
}

// sayOne names a single campaign: octoq may have chosen its id.
func (r *enqueueReport) sayOne(l line) {
	if r.progress != nil || r.json || !l.there() {
		return
	}
	said := "enqueued"
	if l.Result == "known" {
		said = "known already, " + string(l.State)
	}
	if _, err := fmt.Fprintf(r.out, "campaign %s/%s is %s; %s shows how it goes\n", l.Account, l.ID, said,
		command("status", recordOf(l.Account, l.ID))); err != nil {
		r.unshown(err)
	}
}

func (r *enqueueReport) print(l line) {
	defer r.sayOne(l)
	switch {
	case r.json:
		if err := printJSON(r.out, l); err != nil {
			r.unshown(err)
		}
	case l.Result == "invalid":
		_, _ = fmt.Fprintln(r.err, plainLines(l.Error))
	case l.Error != "":
		if r.withinLimit(&r.troubled) {
			_, _ = fmt.Fprintln(r.err, plainLines(placed(l)+l.Error))
		}
	case len(l.Warnings) > 0:
		own := slices.DeleteFunc(slices.Clone(l.Warnings), r.ofAccount)
		if len(own) == 0 || !r.withinLimit(&r.warned) {
			return
		}
		for _, w := range own {
			_, _ = fmt.Fprintf(r.err, "%scampaign %s: warning: %s: %s\n", placed(l), l.ID, w.Field, w.Problem)
		}
	}
}

// unshown keeps the first trouble of printing. What is enqueued is enqueued, and
// a person who saw the run fail would run it again; a dry run does nothing but print.
func (r *enqueueReport) unshown(err error) {
	switch {
	case r.dry:
		r.fail(fmt.Errorf("write the results: %w", err))
	case r.hidden == nil:
		r.hidden = err
	}
}

// ofAccount prints a warning that all campaigns of an account have, once, and
// reports whether it is one.
func (r *enqueueReport) ofAccount(w campaign.Warning) bool {
	if w.Field != "account" {
		return false
	}
	if !slices.Contains(r.ofAccounts, w.Problem) {
		r.ofAccounts = append(r.ofAccounts, w.Problem)
		_, _ = fmt.Fprintf(r.err, "warning: %s\n", w)
	}
	return true
}

// withinLimit counts one more of a kind, and reports whether it is printed.
func (r *enqueueReport) withinLimit(n *int) bool {
	*n++
	return r.progress == nil || *n <= maxPrinted
}

// placed begins what is printed of a line of a file.
func placed(l line) string {
	if l.Line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d, ", l.Line)
}

// printRest prints how many campaigns were left out.
func (r *enqueueReport) printRest(what string, n int) {
	if n > maxPrinted {
		_, _ = fmt.Fprintf(r.err, "%d more campaigns %s: --json prints them all\n", n-maxPrinted, what)
	}
}

// finish prints the sum and turns it into the exit code.
func (r *enqueueReport) finish() error {
	many := r.progress != nil
	r.endProgress()
	if many && !r.json {
		r.printRest("have warnings", r.warned)
		r.printRest("failed, or are known with other content", r.troubled)
	}
	if !r.json {
		sum := r.tally.String()
		if r.notDurable > 0 {
			sum += fmt.Sprintf(", %d not confirmed as durable", r.notDurable)
		}
		if _, err := fmt.Fprintln(r.out, sum); err != nil {
			r.unshown(err)
		}
	}
	warnUnshown(r.err, r.hidden)
	switch {
	case r.failed != nil:
		return r.failed
	case r.tally.invalid.Load() > 0:
		return errSilent(exitUsage)
	case r.tally.enqueued.Load() == 0 && r.tally.known.Load() > 0:
		return errSilent(exitKnown)
	default:
		return nil
	}
}
