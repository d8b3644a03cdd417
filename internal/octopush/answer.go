package octopush

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// answer is what came back over the wire, bounded and not understood yet.
type answer struct {
	status     int
	retryAfter time.Duration
	body       []byte
	// err says why the body is not the whole one: errTooLong, or the connection's.
	err error
}

var errTooLong = errors.New("longer than 64 KiB")

// receive reads the answer and gives the connection back. The body of a 101
// is a connection without a deadline and is not read.
func receive(resp *http.Response, now time.Time) answer {
	// Nothing is left to do about an answer that cannot be closed.
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode, retryAfter: retryAfter(resp.Header, now)}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		a.body, a.err = readBounded(resp.Body)
	}
	return a
}

func readBounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	switch {
	case len(b) > maxBody:
		return nil, errTooLong
	case err != nil:
		return nil, err
	}
	return b, nil
}

// reading says how far a body could be understood.
type reading int

const (
	readWhole   reading = iota // one JSON object with a code, if any, that is a number
	readEmpty                  // nothing, or white space
	readCut                    // the connection ended before the body did
	readGarbage                // too long, no JSON object, or one that contradicts itself
)

// understand takes the body apart. fields are nil unless the body is one JSON
// object; that of an unreadable code is garbage, and its words are kept.
func (a answer) understand() (fields, int, reading) {
	switch {
	case errors.Is(a.err, errTooLong):
		return nil, 0, readGarbage
	case a.err != nil:
		return nil, 0, readCut
	case isBlank(a.body):
		return nil, 0, readEmpty
	}
	f, ok := parseFields(a.body)
	if !ok {
		return nil, 0, readGarbage
	}
	code, ok := f.code()
	if !ok {
		return f, 0, readGarbage
	}
	return f, code, readWhole
}

func isBlank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// interpret turns an answer into an outcome. It is pure, and total over every
// status and body.
func interpret(call campaign.Call, a answer) record.Outcome {
	e, _ := endpointOf(call)
	return e.interpret(call, a)
}

// interpret is that of a service whose answers are classified as those of a call.
func (e endpoint) interpret(call campaign.Call, a answer) record.Outcome {
	f, code, r := a.understand()
	o := record.Outcome{
		Class: classify(call, a.status, code, r), Code: code,
		HTTPStatus: a.status, RetryAfter: a.retryAfter, Message: f.message(),
	}
	if o.Class != record.ClassOK {
		o.Message = refusal(o, a, r)
		return o
	}
	good := o
	if err := e.read(f, &good); err != nil {
		o.Class = record.ClassUnanswered
		o.Message = joinMessage(fmt.Sprintf("HTTP %d %v", a.status, err), o.Message)
		return o
	}
	return good
}

// notSent is the outcome of a request that handed no byte to a connection.
func notSent(err error) record.Outcome {
	return record.Outcome{Class: record.ClassNotSent, Message: "not sent: " + cause(err, "connecting")}
}

// noAnswer is the outcome of a request that may have arrived.
func noAnswer(err error) record.Outcome {
	return record.Outcome{Class: record.ClassUnanswered, Message: "no answer: " + cause(err, "waiting for the answer")}
}
