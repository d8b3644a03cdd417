package action

import (
	"context"
	"time"
)

// RunState is how an action is doing.
type RunState string

// The states of an action.
const (
	statePlanned RunState = "planned"
	Running      RunState = "running"
	Stopping     RunState = "stopping"
	Stopped      RunState = "stopped"
	Finished     RunState = "done"
)

func (s RunState) ended() bool { return s == Stopped || s == Finished }

// Status is how far an action has come. The JSON names are stable.
type Status struct {
	ID      string    `json:"id" doc:"that of its plan"`
	Verb    Verb      `json:"action" enum:"approve,reject,cancel,replay,purge"`
	Account string    `json:"account"`
	State   RunState  `json:"state" enum:"running,stopping,stopped,done"`
	Total   int       `json:"total" doc:"how many campaigns the plan has"`
	Done    int       `json:"done" doc:"how many were touched"`
	Skipped int       `json:"skipped" doc:"how many had changed since the plan was made"`
	Failed  int       `json:"failed" doc:"how many refused the act, although they had not changed"`
	By      string    `json:"by" doc:"who began it; timelines name the same" example:"user:anna"`
	BegunAt time.Time `json:"begun_at"`
	EndedAt time.Time `json:"ended_at,omitzero"`
	// Problems are why campaigns were skipped or failed.
	Problems []Untouched `json:"problems,omitempty" doc:"why campaigns were not touched, of the first hundred"`
}

// Status reads how far an action has come. It fails with ErrUnknown for one that is not
// there, and for a plan that was not begun.
func (a *Actions) Status(ctx context.Context, id string) (Status, error) {
	h, err := a.store.read(ctx, id)
	if err != nil {
		return Status{}, err
	}
	if h.State == statePlanned {
		return Status{}, ErrUnknown
	}
	h.Problems, err = a.store.problems(ctx, id)
	return h.Status, err
}

// Look is Status without the problems, for a plan that was not begun too.
func (a *Actions) Look(ctx context.Context, id string) (Status, error) {
	h, err := a.store.read(ctx, id)
	return h.Status, err
}

// Waits reports whether a person has to begin it: it is a plan, or was stopped.
func (s Status) Waits() bool { return s.State == statePlanned || s.State == Stopped }

// Begin turns a plan into an action in a caller's name, which octoq web then carries out;
// Carry does so here. Beginning an action again changes nothing, unless it was stopped:
// then it goes on.
func (a *Actions) Begin(ctx context.Context, id, by string) (Status, error) {
	if _, ok := AccountOf(id); !ok {
		return Status{}, ErrUnknown
	}
	if err := a.store.start(ctx, id, by); err != nil {
		return Status{}, err
	}
	return a.Status(ctx, id)
}

// Stop lets an action stop; what it has in hand then is brought to its end. One that has
// ended stays as it is.
func (a *Actions) Stop(ctx context.Context, id string) (Status, error) {
	if _, ok := AccountOf(id); !ok {
		return Status{}, ErrUnknown
	}
	if err := a.store.askToStop(ctx, id); err != nil {
		return Status{}, err
	}
	return a.Status(ctx, id)
}
