package contacts

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/octoq/octoq/campaign"
)

// What becomes of a contact.
const (
	Added    = "added"
	Invalid  = "invalid"
	OptedOut = "opted_out"
	Refused  = "refused"
)

// LineResult is what became of a contact.
type LineResult struct {
	Line   int    `json:"line"`
	Result string `json:"result"`
	Detail string `json:"detail,omitempty"`
}

// CallAnswer is what the API says to a call.
type CallAnswer struct {
	Class   string // see worker.AccountAnswer
	Code    int
	Message string
}

// ContactAdder adds contacts to lists.
type ContactAdder interface {
	// Calls is how many calls it may be given at once, 1 at least.
	Calls() int
	// Add adds contacts to a list by one call. The error says why none was made: ErrHeld, say.
	Add(ctx context.Context, list string, contacts []campaign.Contact) (CallAnswer, error)
}

// OptOuts says of each number whether it has opted out.
type OptOuts interface {
	OptedOut(ctx context.Context, account string, numbers []string) ([]bool, error)
}

// Pusher adds contacts to a list of an account.
type Pusher struct {
	API           ContactAdder
	OptOuts       OptOuts
	Account, List string
	// Waits is given why a call is made again, and the pause before that; nil for nothing.
	// It is called by several goroutines.
	Waits func(answer CallAnswer, pause time.Duration)
	// Batch is how many contacts a call adds, 1 at least. For each call that is made at once
	// ten times as many rows are in memory at most.
	Batch int
}

// DefaultBatch is how many contacts a call adds; how many the API takes is not
// documented.
const DefaultBatch = 100

// rowsPerBatch bounds the rows in memory by the batch: of those that need no call.
const rowsPerBatch = 10

// push is one run over the rows.
type push struct {
	Pusher
	progress PushProgress
	chain    chain
	refused  int // contacts in a row that were refused
	settled  func([]LineResult, PushProgress) error
}

// Push adds the contacts of the rows behind a progress. It calls settled, in the order of
// the rows, with what became of some of them and how far it has come, and goes on once that
// is noted: a push that is broken off, and begun again from the progress that was noted
// last, repeats at most the batches that were under way. Where it fails, the rows that
// were not settled may have been added.
//
// It fails with ErrOtherFile where the rows are not those of the progress, with an AccountError
// where the API refuses the account, with ErrHeld where octoq has stopped it, with a RefusedError where it refuses one contact
// after the other, and with an UnavailableError where it is away for minutes.
func (p Pusher) Push(ctx context.Context, from PushProgress, rows iter.Seq2[Row, error], settled func([]LineResult, PushProgress) error) error {
	if err := from.fits(p.Account, p.List); err != nil {
		return err
	}
	from.Account, from.List = p.Account, p.List
	run := &push{Pusher: p, progress: from, settled: settled}
	under := newWindow(ctx, p.API.Calls(), run)
	defer under.close()
	b := newBatch(p.Batch)
	seen := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if seen++; seen <= from.Rows {
			if err := run.skip(row, seen); err != nil {
				return err
			}
			continue
		}
		if b.fullFor(row) {
			if err := under.begin(b.take()); err != nil {
				return err
			}
		}
		b.add(row)
	}
	if seen < from.Rows {
		return fmt.Errorf("%w: it has settled %d lines, and there are %d", ErrOtherFile, from.Rows, seen)
	}
	if err := under.begin(b.take()); err != nil {
		return err
	}
	return under.end()
}

// skip passes a row that is settled.
func (p *push) skip(row Row, seen int) error {
	if err := p.chain.add(row); err != nil {
		return err
	}
	if seen == p.progress.Rows && p.chain.String() != p.progress.Digest {
		return fmt.Errorf("%w: a line up to line %d has changed since", ErrOtherFile, row.Line)
	}
	return nil
}

// outcome finds out what becomes of rows.
func (p *push) outcome(ctx context.Context, rows []Row) ([]LineResult, error) {
	results, sendable, err := p.sort(ctx, rows)
	if err != nil {
		return nil, err
	}
	return results, p.send(ctx, rows, results, sendable)
}

// settle has it noted what has become of rows, the first that were not settled.
func (p *push) settle(rows []Row, results []LineResult) error {
	if err := p.tooManyRefused(results); err != nil {
		return err
	}
	for _, row := range rows {
		if err := p.chain.add(row); err != nil {
			return err
		}
	}
	p.progress.Rows += len(rows)
	p.progress.Digest = p.chain.String()
	p.progress.count(results)
	return p.settled(results, p.progress)
}

// tooManyRefused is a RefusedError where one contact after the other was refused.
func (p *push) tooManyRefused(results []LineResult) error {
	for _, r := range results {
		switch r.Result {
		case Added:
			p.refused = 0
		case Refused:
			if p.refused++; p.refused >= mostRefused {
				return &RefusedError{r.Detail}
			}
		}
	}
	return nil
}

// sort answers the rows that need no call, and finds those that do.
func (p *push) sort(ctx context.Context, rows []Row) (results []LineResult, sendable []int, err error) {
	results = make([]LineResult, len(rows))
	var valid []int
	var numbers []string
	for i, row := range rows {
		results[i] = LineResult{Line: row.Line, Result: Invalid, Detail: row.Fault}
		if row.Fault == "" {
			valid, numbers = append(valid, i), append(numbers, row.Contact.PhoneNumber)
		}
	}
	opted, err := p.OptOuts.OptedOut(ctx, p.Account, numbers)
	if err != nil {
		return nil, nil, err
	}
	for n, i := range valid {
		if opted[n] {
			results[i].Result = OptedOut
		} else {
			sendable = append(sendable, i)
		}
	}
	return results, sendable, nil
}

// send adds the contacts of some rows, and notes their results.
func (p *push) send(ctx context.Context, rows []Row, results []LineResult, sendable []int) error {
	if len(sendable) == 0 {
		return nil
	}
	contacts := make([]campaign.Contact, len(sendable))
	for n, i := range sendable {
		contacts[n] = rows[i].Contact
	}
	adding := &adding{push: p}
	refusals, err := adding.add(ctx, contacts)
	if err != nil {
		return err
	}
	for n, i := range sendable {
		results[i].Result = Added
		if refusals[n] != "" {
			results[i].Result, results[i].Detail = Refused, refusals[n]
		}
	}
	return nil
}
