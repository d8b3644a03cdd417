package api

import (
	"bytes"
	"slices"

	"github.com/octoq/octoq/campaign"
)

// BulkSummary is the end of an answer to a bulk request.
type BulkSummary struct {
	Created   int                `json:"created"`
	Known     int                `json:"known"`
	Conflicts int                `json:"conflicts"`
	Invalid   int                `json:"invalid"`
	Failed    int                `json:"failed"`
	Valid     int                `json:"valid,omitempty" doc:"lines without a fault that were not enqueued"`
	LeftOut   int                `json:"left_out,omitempty" doc:"results that are counted here and not answered, for want of room for temporary files or of time"`
	Unread    int                `json:"unread_from,omitempty" doc:"the line from which on nothing was read: send everything again"`
	Detail    string             `json:"detail,omitempty" doc:"why that was not read"`
	Warnings  []campaign.Warning `json:"warnings,omitempty" doc:"what concerns the account, and so each line"`
}

// bulkEnd is the last line of an answer. An answer without it was broken off.
type bulkEnd struct {
	Summary BulkSummary `json:"summary"`
}

// results are what became of each line, in the order of the lines: some are known before
// those of earlier lines.
type results struct {
	sink     sink
	problems bool // the good ones are not answered
	cells    bool // the lines are records of CSV, to which no JSON pointer leads

	queue   []BulkLine // those with a Result are known, and wait for the ones before them
	behind  int        // how many are known
	kept    int        // how many the sink has
	summary BulkSummary
	text    bytes.Buffer
}

// await makes a line one whose result comes later.
func (r *results) await(number int) { r.queue = append(r.queue, BulkLine{Line: number}) }

// due is the number of the line whose result comes next.
func (r *results) due() int { return r.queue[0].Line }

// settle says what became of the line that is due.
func (r *results) settle(l BulkLine) {
	r.queue[0] = l
	for r.behind++; len(r.queue) > 0 && r.queue[0].Result != ""; r.behind-- {
		l, r.queue = r.queue[0], r.queue[1:]
		r.emit(l)
	}
}

// add says what became of a line at once.
func (r *results) add(l BulkLine) {
	if len(r.queue) == 0 {
		r.emit(l)
		return
	}
	r.queue = append(r.queue, l)
	r.behind++
}

// emit counts a line and hands it to the sink.
func (r *results) emit(l BulkLine) {
	r.summary.count(l.Result)
	l.Warnings = slices.DeleteFunc(l.Warnings, r.summary.concerns)
	for i := range l.Errors {
		if r.cells {
			l.Errors[i].Pointer = ""
		}
	}
	switch {
	case r.problems && l.good():
	case r.sink.put(r.encode(l), !l.good()):
		r.kept++
	default:
		r.summary.LeftOut++
	}
}

// encode is a line of the answer, until the next one.
func (r *results) encode(v any) []byte {
	r.text.Reset()
	_ = jsonFormat().Marshal(&r.text, v) // never fails: it is texts and numbers
	return r.text.Bytes()
}

func (s *BulkSummary) count(result string) {
	switch result {
	case lineCreated:
		s.Created++
	case lineKnown:
		s.Known++
	case lineConflict:
		s.Conflicts++
	case lineInvalid:
		s.Invalid++
	case lineValid:
		s.Valid++
	default:
		s.Failed++
	}
}

// concerns takes a warning that concerns the account, and reports whether it is one.
func (s *BulkSummary) concerns(w campaign.Warning) bool {
	const most = 10
	if w.Field != "account" {
		return false
	}
	if len(s.Warnings) < most && !slices.Contains(s.Warnings, w) {
		s.Warnings = append(s.Warnings, w)
	}
	return true
}

// reset forgets everything.
func (r *results) reset() {
	r.sink.reset()
	r.summary, r.kept = BulkSummary{}, 0
}

// finish ends the answer with the summary.
func (r *results) finish(x *exchange) {
	if !r.sink.finish(x) {
		r.summary.LeftOut += r.kept
	}
	x.write(r.encode(bulkEnd{r.summary}))
	x.flush()
}
