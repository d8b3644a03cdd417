package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/engine"
)

// ErrOnHold says that an account is stopped, so that no call was made.
var ErrOnHold = errors.New("the account is on hold")

// Contacts adds contacts to lists of one account at Octopush. Its calls keep to the limits
// that the account's workers keep, together with them, and come behind theirs. It may be
// used by several goroutines.
type Contacts struct{ engine *engine.Contacts }

// OpenContacts opens it on the workers' Redis, for an account with the workers' settings:
// Rate, Burst and MaxInFlight have to be the same. What goes wrong in the background is
// given to onError, and tried again. It has to be closed. The error is a fault of the
// settings.
func OpenContacts(rdb redis.UniversalClient, name string, a Account, onError func(error)) (*Contacts, error) {
	a, faults := a.withDefaults()
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	c, err := engine.NewContacts(rdb, Config{}.engineAccount(name, a), onError)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return &Contacts{c}, nil
}

// Add makes one call that adds contacts to a list, and says what the API answered. A number
// that the account has already is overwritten (documented), so the call may be repeated.
// The error says why no call was made: ErrOnHold, or ctx has ended.
func (c *Contacts) Add(ctx context.Context, list string, contacts []campaign.Contact) (AccountAnswer, error) {
	out, err := c.engine.Add(ctx, list, contacts)
	switch {
	case errors.Is(err, engine.ErrOnHold):
		return AccountAnswer{}, ErrOnHold
	case err != nil:
		return AccountAnswer{}, err
	}
	return answerOf(out), nil
}

// Calls is how many calls of Add are worth making at once: half of the account's
// MaxInFlight, so that a worker's call finds a free slot, 1 at least and 8 at most.
func (c *Contacts) Calls() int { return c.engine.Calls() }

// Close ends it, after the calls.
func (c *Contacts) Close() { c.engine.Close() }
