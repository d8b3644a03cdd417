package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// What became of a line.
const (
	lineCreated  = "created"
	lineKnown    = "known"
	lineConflict = "conflict"
	lineInvalid  = "invalid"
	lineFailed   = "failed"
	lineValid    = "valid"
)

// BulkLine is what became of one line of a bulk request.
type BulkLine struct {
	Line     int                `json:"line" doc:"the number of the line in the body, from 1; of a CSV record that of its first line" example:"1"`
	ID       string             `json:"id,omitempty"`
	Result   string             `json:"result" enum:"created,known,conflict,invalid,failed,valid" doc:"valid has no fault and was not enqueued: with dry_run, and with all_or_nothing where another line is invalid"`
	State    campaign.State     `json:"state,omitempty"`
	Code     string             `json:"code,omitempty" enum:"conflict,purged,redis,not_durable" doc:"as in problems"`
	Enqueued bool               `json:"enqueued,omitempty" doc:"beside the code not_durable: the campaign is in Redis all the same, and will be sent"`
	Warnings []campaign.Warning `json:"warnings,omitempty"`
	Errors   []FieldFault       `json:"errors,omitempty" doc:"all faults, 20 at most"`
}

// mostFaults bounds what is said of one line.
const mostFaults = 20

// lineOf is what became of a campaign; the error is that of EnqueueAll, or why it was
// not sent.
func lineOf(number int, receipt enqueue.Receipt, err error) BulkLine {
	l := BulkLine{Line: number, ID: receipt.ID, Result: lineCreated, State: receipt.State, Warnings: receipt.Warnings}
	duplicate, known := errors.AsType[*campaign.DuplicateError](err)
	if known {
		l.State = duplicate.State
	}
	switch {
	case err == nil:
	case same(err):
		l.Result, l.Warnings = lineKnown, append(l.Warnings, staysEnded(l.State)...)
	case known && !duplicate.Same:
		l.take(duplicateProblem(err))
	case errors.Is(err, errStopping):
		l.take(newProblem(http.StatusServiceUnavailable, "", "octoq is stopping: this was not enqueued. Send everything again."))
	case errors.Is(err, errRevoked):
		l.take(newProblem(http.StatusUnauthorized, "", capitalised(errRevoked.Error())+": this was not enqueued."))
	default:
		l.take(sorted(err))
	}
	return l
}

// take says of a line what a problem says of a request.
func (l *BulkLine) take(p *Problem) {
	l.Code, l.Enqueued, l.Errors = p.Code, p.Enqueued, p.Errors
	switch p.Status {
	case http.StatusConflict:
		l.Result = lineConflict
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		l.Result = lineInvalid
	default:
		l.Result = lineFailed
	}
	if len(l.Errors) == 0 {
		l.Errors = []FieldFault{{Detail: p.Detail}}
	}
	if n := len(l.Errors); n > mostFaults {
		l.Errors = append(l.Errors[:mostFaults:mostFaults], FieldFault{Detail: fmt.Sprintf("%d more faults are not shown", n-mostFaults)})
	}
}

// good reports whether there is nothing to do about the line.
func (l *BulkLine) good() bool {
	return l.Result == lineCreated || l.Result == lineKnown || l.Result == lineValid
}
