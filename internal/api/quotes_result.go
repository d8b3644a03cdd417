package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// firstFaults keeps what is wrong with the first lines of a request whose lines are answered
// by one object.
type firstFaults struct {
	faults []FieldFault
	code   string // of the first line that has one
}

func (f *firstFaults) put(line []byte, problem bool) bool {
	var l BulkLine
	if !problem || len(f.faults) >= mostFaults || json.Unmarshal(line, &l) != nil {
		return false
	}
	if f.code == "" {
		f.code = l.Code
	}
	for _, fault := range l.Errors {
		f.faults = append(f.faults, FieldFault{Field: fault.Field, Detail: fmt.Sprintf("line %d: %s", l.Line, fault.Detail)})
	}
	f.faults = f.faults[:min(len(f.faults), mostFaults)]
	return true
}

func (f *firstFaults) flush() {}

func (f *firstFaults) reset() { *f = firstFaults{} }

func (f *firstFaults) finish(*exchange) bool { return true }

// notQuoted is why not all lines of a request are part of the quote; nil if they are.
func notQuoted(run *bulkRun, f *firstFaults) error {
	var p *Problem
	switch s := run.results.summary; {
	case s.Unread > 0 && (errors.Is(run.broken, errStopping) || errors.Is(run.broken, errRevoked)):
		p = newProblem(http.StatusServiceUnavailable, "", s.Detail)
	case s.Unread > 0:
		p = newProblem(http.StatusBadRequest, "", s.Detail)
	case s.Invalid > 0:
		p = unprocessable(fmt.Sprintf("%d of the campaigns cannot be part of the quote, so nothing was enqueued.", s.Invalid))
	case s.Failed > 0:
		p = newProblem(http.StatusServiceUnavailable, f.code,
			fmt.Sprintf("%d of the campaigns are not enqueued, or not known to be. Send the same request with the same name again.", s.Failed))
	case s.Conflicts > 0:
		p = newProblem(http.StatusConflict, f.code,
			fmt.Sprintf("%d of the campaigns have ids under which another content is known: they are not part of the quote, %d others are.", s.Conflicts, s.Created+s.Known))
	case s.Created+s.Known == 0:
		p = unprocessable("There is no campaign in the body.")
	default:
		return nil
	}
	p.Errors = f.faults
	return p
}
