package contacts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
)

const (
	// tries are how often a call without a usable answer is made, and firstPause and
	// longestPause the pauses between: three minutes in all.
	tries        = 10
	firstPause   = time.Second
	longestPause = 30 * time.Second
	// mostRefused is how many contacts in a row may be refused: more, and it is not the
	// contacts that are wrong.
	mostRefused = 5
)

// ErrHeld says that the account is on hold, so that the API was not asked.
var ErrHeld = errors.New("the account is on hold")

// AccountError says that the API refuses the account.
type AccountError struct{ Message string }

func (e *AccountError) Error() string { return "the API refuses the account: " + e.Message }

// RefusedError says that the API refuses every contact.
type RefusedError struct{ Message string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the API refuses one contact after the other: %s", e.Message)
}

// UnavailableError says that the API has given no usable answer for long.
type UnavailableError struct{ Message string }

func (e *UnavailableError) Error() string { return "the API gives no usable answer: " + e.Message }

// adding adds the contacts of one batch.
type adding struct {
	*push
	refused int // contacts in a row that were refused
}

// add adds contacts, and says why some were refused: "" for those that were not. A call that
// is refused is made again with either half, so that one contact stops no other.
func (p *adding) add(ctx context.Context, contacts []campaign.Contact) ([]string, error) {
	refusal, err := p.call(ctx, contacts)
	switch {
	case err != nil:
		return nil, err
	case refusal == "":
		p.refused = 0
		return make([]string, len(contacts)), nil
	case len(contacts) == 1:
		if p.refused++; p.refused >= mostRefused {
			return nil, &RefusedError{refusal}
		}
		return []string{refusal}, nil
	}
	half := len(contacts) / 2
	first, err := p.add(ctx, contacts[:half])
	if err != nil {
		return nil, err
	}
	second, err := p.add(ctx, contacts[half:])
	return append(first, second...), err
}

// call adds contacts by one call, made again until it has a usable answer; refusal is why
// the API refuses them.
func (p *push) call(ctx context.Context, contacts []campaign.Contact) (refusal string, err error) {
	pause := firstPause
	for left := tries; ; left-- {
		a, err := p.API.Add(ctx, p.List, contacts)
		switch {
		case err != nil:
			return "", err
		case a.Class == "ok":
			return "", nil
		case a.Class == "account":
			return "", &AccountError{a.Message}
		case !comesAgain(a.Class):
			return cmp.Or(a.Message, a.Class), nil
		case left == 1:
			return "", &UnavailableError{a.Message}
		}
		if p.Waits != nil {
			p.Waits(a, pause)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// comesAgain reports whether a call may fare better later. It may have been carried out,
// which does no harm: it overwrites.
func comesAgain(class string) bool {
	switch class {
	case "throttled", "transient", "unanswered", "not_sent", "pending":
		return true
	default:
		return false
	}
}
