package stage

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// ticketState is where the API stands with a ticket.
type ticketState int

const (
	ticketComputing ticketState = iota
	ticketReady
	ticketSent
	ticketCancelled
	ticketFailed
)

// misstep is what goes wrong with one call: it is carried out or not, and the
// answer is another one.
type misstep struct {
	carriedOut bool
	out        record.Outcome
}

// fakeAPI truly keeps tickets and request_ids, as far as the facts page knows
// them: a repeat of a request_id within a day brings no ticket.
type fakeAPI struct {
	clock   *clock
	tickets []ticketState
	asked   []string             // the request_id of each ticket
	seen    map[string]time.Time // request_ids
	calls   []record.Request

	// wrong says what goes wrong with a call; nil is nothing.
	wrong func(r record.Request) *misstep
	// during happens while the call is in flight: after it was carried out and
	// before its answer is there.
	during func(r record.Request)
	// afterSend is what status answers about a sent ticket, which is unknown.
	afterSend record.Outcome
	// cost and contacts are what each ticket is priced at.
	cost     campaign.Money
	contacts int
	// The strictness of the simulator that a single campaign can meet: deletes are
	// refused, and status says unknown words before it says that it is ready.
	keepsTickets, oddWords bool
	// slow keeps tickets from being computed by themselves.
	slow bool
	// planted faults
	planted string
}

func newAPI(c *clock) *fakeAPI {
	return &fakeAPI{clock: c, cost: 25800, contacts: 20, seen: map[string]time.Time{}, afterSend: record.Outcome{Class: record.ClassDone, Code: 132, HTTPStatus: 400}}
}

// Do answers one call.
func (a *fakeAPI) Do(_ context.Context, r record.Request) record.Outcome {
	a.calls = append(a.calls, r)
	var m *misstep
	if a.wrong != nil {
		m = a.wrong(r)
	}
	var out record.Outcome
	switch {
	case m == nil:
		out = a.carryOut(r)
	case m.carriedOut:
		a.carryOut(r)
		out = m.out
	default:
		out = m.out
	}
	if a.during != nil {
		a.during(r)
	}
	return out
}

func (a *fakeAPI) carryOut(r record.Request) record.Outcome {
	if r.Call == campaign.CallCreate {
		return a.create(r)
	}
	t := a.ticket(r.Ticket)
	if t == nil {
		return refusal131()
	}
	switch r.Call {
	case campaign.CallStatus:
		return a.status(t)
	case campaign.CallConfirm:
		return a.confirm(t)
	default:
		return a.cancel(t)
	}
}

func (a *fakeAPI) create(r record.Request) record.Outcome {
	id := r.RequestID
	if a.planted == "random request_id" {
		id = fmt.Sprint("random ", len(a.calls))
	}
	if at, known := a.seen[id]; known && a.clock.Now().Sub(at) < 24*time.Hour {
		return record.Outcome{Class: record.ClassDuplicate, Code: 120, HTTPStatus: 400}
	}
	a.seen[id] = a.clock.Now()
	a.tickets, a.asked = append(a.tickets, ticketComputing), append(a.asked, r.RequestID)
	return record.Outcome{Class: record.ClassOK, HTTPStatus: 201, Ticket: fmt.Sprintf("T%d", len(a.tickets))}
}

func (a *fakeAPI) ticket(name string) *ticketState {
	var n int
	if _, err := fmt.Sscanf(name, "T%d", &n); err != nil || n < 1 || n > len(a.tickets) {
		return nil
	}
	return &a.tickets[n-1]
}

func (a *fakeAPI) status(t *ticketState) record.Outcome {
	switch *t {
	case ticketComputing:
		if !a.slow {
			*t = ticketReady // the next look finds it
		}
		out := record.Outcome{Class: record.ClassOK, HTTPStatus: 200, Progress: record.ProgressComputing}
		if a.oddWords {
			out.Progress, out.StatusWord = record.ProgressUnknown, "being_pondered"
		}
		return out
	case ticketReady:
		return record.Outcome{Class: record.ClassOK, HTTPStatus: 200, Progress: record.ProgressReady, Contacts: a.contacts, Cost: a.cost}
	case ticketSent:
		return a.afterSend
	case ticketFailed:
		return record.Outcome{Class: record.ClassOK, HTTPStatus: 200, Progress: record.ProgressFailed}
	default:
		return refusal131()
	}
}

func (a *fakeAPI) confirm(t *ticketState) record.Outcome {
	switch *t {
	case ticketComputing:
		return record.Outcome{Class: record.ClassPending, Code: 127, HTTPStatus: 400}
	case ticketReady:
		*t = ticketSent
		return record.Outcome{Class: record.ClassOK, HTTPStatus: 200, SendingDate: "2026-03-02T13:00:00+01:00"}
	case ticketSent:
		return record.Outcome{Class: record.ClassDone, Code: 132, HTTPStatus: 400}
	default:
		return refusal131()
	}
}

func (a *fakeAPI) cancel(t *ticketState) record.Outcome {
	switch *t {
	case ticketSent:
		return record.Outcome{Class: record.ClassDone, Code: 132, HTTPStatus: 400}
	case ticketCancelled:
		return refusal131()
	case ticketComputing, ticketReady:
		if a.keepsTickets {
			return record.Outcome{Class: record.ClassUnknown, HTTPStatus: 400}
		}
		fallthrough
	default:
		*t = ticketCancelled
		return record.Outcome{Class: record.ClassOK, HTTPStatus: 204}
	}
}

func refusal131() record.Outcome {
	return record.Outcome{Class: record.ClassRejected, Code: record.CodeUnknownCampaign, HTTPStatus: 400}
}

// sent counts the tickets that were confirmed.
func (a *fakeAPI) sent() int {
	n := 0
	for _, t := range a.tickets {
		if t == ticketSent {
			n++
		}
	}
	return n
}

// made counts the calls of a kind.
func (a *fakeAPI) made(call campaign.Call) int {
	n := 0
	for _, r := range a.calls {
		if r.Call == call {
			n++
		}
	}
	return n
}

// fakeGate lets every call pass unless shut returns an error, and counts the permits
// that it gave and got back.
type fakeGate struct {
	clock    *clock
	shut     func(ctx context.Context, call campaign.Call) error
	given    int
	released []record.Outcome
}

func (g *fakeGate) Acquire(ctx context.Context, call campaign.Call, _ record.Record) (Permit, error) {
	if g.shut != nil {
		if err := g.shut(ctx, call); err != nil {
			return nil, err
		}
	}
	g.given++
	return &fakePermit{gate: g, until: g.clock.Now().Add(time.Second)}, nil
}

type fakePermit struct {
	gate  *fakeGate
	until time.Time
	back  bool
}

func (p *fakePermit) NotAfter() time.Time { return p.until }

func (p *fakePermit) Release(_ context.Context, out record.Outcome) {
	if !p.back {
		p.back = true
		p.gate.released = append(p.gate.released, out)
	}
}
