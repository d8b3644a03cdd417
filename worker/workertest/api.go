package workertest

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// Fault is what befalls some calls to the API: an answer, or none.
type Fault struct {
	// Call is which call; empty means all of them. Name is the list or tag it
	// is about; empty means any.
	Call campaign.Call
	Name string
	// Times is how many calls it befalls; zero means all, until it is removed.
	Times int

	// HTTPStatus, Code and Message make up the answer, and the call is not
	// carried out: 503, or 400 with code 303. RetryAfter, in whole seconds, goes with it.
	HTTPStatus, Code int
	Message          string
	RetryAfter       time.Duration
	// LoseAnswer carries the call out and cuts the connection instead of answering.
	LoseAnswer bool
	// Delay is waited before the call is carried out.
	Delay time.Duration
}

// Fault makes the API fail until remove is called. One that makes no sense
// fails the test at once.
func (k *Kit) Fault(f Fault) (remove func()) {
	k.tb.Helper()
	var ids []string
	for _, rule := range f.rules() {
		id, err := k.api.AddRule(rule)
		if err != nil {
			k.tb.Fatalf("workertest: %v", err)
		}
		ids = append(ids, id)
	}
	return func() {
		for _, id := range ids {
			_ = k.api.RemoveRule(id) // twice is no error
		}
	}
}

// rules are the simulator's rules for a fault: one for lists and one for tags,
// if it has a name.
func (f Fault) rules() []simulator.Rule {
	r := simulator.Rule{
		Call: serviceOf(f.Call), Times: f.Times, Fault: simulator.FaultAnswer, HTTPStatus: f.HTTPStatus,
		Code: f.Code, Message: f.Message, RetryAfter: int(f.RetryAfter / time.Second), LatencyMS: int(f.Delay / time.Millisecond),
	}
	switch {
	case f.LoseAnswer:
		r.Fault = simulator.FaultDropAfter
	case f.HTTPStatus == 0 && f.Delay > 0:
		r.Fault = simulator.FaultLatency
	}
	if f.Name == "" {
		return []simulator.Rule{r}
	}
	list, tag := r, r
	list.ListName, tag.TagName = f.Name, f.Name
	return []simulator.Rule{list, tag}
}

// serviceOf is the simulator's name of a call.
func serviceOf(c campaign.Call) string {
	if c == campaign.CallConfirm {
		return simulator.CallSend
	}
	return string(c)
}

// ConfirmCount is how often a list or tag was really sent to.
func (k *Kit) ConfirmCount(name string) int { return k.carriedOut(campaign.CallConfirm, name) }

// CreateCount is how many campaigns were really created for a list or tag: more
// than one where an answer was lost.
func (k *Kit) CreateCount(name string) int { return k.carriedOut(campaign.CallCreate, name) }

// Calls is how many calls the API has seen about a list or tag, those that it
// did not carry out included. An empty call or name means any.
func (k *Kit) Calls(call campaign.Call, name string) int { return k.count(call, name, false) }

func (k *Kit) carriedOut(call campaign.Call, name string) int { return k.count(call, name, true) }

func (k *Kit) count(call campaign.Call, name string, carriedOut bool) int {
	n := 0
	for _, c := range k.api.Log() {
		about := name == "" || c.ListName == name || c.TagName == name
		if about && (call == "" || c.Call == serviceOf(call)) && (c.CarriedOut || !carriedOut) {
			n++
		}
	}
	return n
}
