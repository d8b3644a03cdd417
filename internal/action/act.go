package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// errChanged is how a guard refuses a campaign that is not as it was planned.
var errChanged = errors.New("it has changed since the plan was made")

// acting acts on single campaigns in the name of the person who began an action.
type acting struct {
	client   *enqueue.Client
	operator *admin.Service
	verb     Verb
	account  string
	id       string // of the action
	reason   string
}

func (a *Actions) acting(h head) (*acting, error) {
	client, err := a.client.As(h.By)
	if err != nil {
		return nil, err
	}
	operator, err := a.operator(h.By)
	if err != nil {
		return nil, err
	}
	return &acting{client: client, operator: operator, verb: h.Verb, account: h.Account, id: h.ID, reason: h.reason}, nil
}

// do acts on the i-th campaign, if it is as it was planned.
func (a *acting) do(ctx context.Context, i int, p planned) error {
	g := ledger.Guard{
		Check: func(r record.Record) error {
			if tagOf(r.Record) != p.Tag {
				return errChanged
			}
			return nil
		},
		Token: writeToken(a.id, p.ID), Then: touch(a.id, i),
	}
	ctx = ledger.WithGuard(ctx, g)
	var err error
	switch a.verb {
	case Approve:
		_, err = a.client.Approve(ctx, a.account, p.ID, campaign.Approval{Cost: &p.Cost, Contacts: &p.Contacts})
	case Reject:
		_, err = a.client.Reject(ctx, a.account, p.ID, a.reason)
	case Cancel:
		_, err = a.client.CancelBecause(ctx, a.account, p.ID, a.reason)
	case Replay:
		err = a.operator.Replay(ctx, a.account, p.ID, a.reason, false)
	case Purge:
		err = a.operator.Purge(ctx, a.account, p.ID, a.reason)
	default:
		err = fmt.Errorf("%w: %q is no action that this octoq knows", campaign.ErrState, a.verb)
	}
	return err
}

// finish does what follows the write of a campaign that was touched, where nothing else
// does. Whatever waits without its task is found by a worker's sweep.
func (a *acting) finish(ctx context.Context, i int, p planned) error {
	switch a.verb {
	case Replay:
		return a.operator.ResumeReplay(ctx, a.account, p.ID, writeToken(a.id, p.ID))
	case Purge: // what is purged loses a letter that was left
		if err := a.do(ctx, i, p); !refused(err) {
			return err
		}
	case Approve, Reject, Cancel:
	}
	return nil
}

// changed says how a campaign is not as it was planned; "" if it is.
func (a *acting) changed(ctx context.Context, p planned) (string, error) {
	r, err := a.client.Get(ctx, a.account, p.ID)
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return errChanged.Error() + ": it is gone", nil
	case errors.Is(err, campaign.ErrVersion):
		return errChanged.Error() + ": a newer octoq wrote it", nil
	case err != nil:
		return "", err
	case tagOf(r) == p.Tag:
		return "", nil
	default:
		return errChanged.Error() + ": it is " + string(r.State), nil
	}
}

// refused reports whether an error is the answer of the rules. Any other is trouble,
// which may have passed when it is tried again.
func refused(err error) bool {
	for _, known := range []error{
		errChanged, campaign.ErrState, campaign.ErrInvalid, campaign.ErrNotFound, campaign.ErrVersion, queue.ErrBusy,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	_, taken := errors.AsType[*record.TicketError](err)
	return taken
}
