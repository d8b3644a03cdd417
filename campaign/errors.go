package campaign

import (
	"errors"
	"fmt"
	"strings"
)

// Conditions that callers branch on with errors.Is.
var (
	// ErrDuplicate: the id is known already. DuplicateError says more.
	ErrDuplicate = errors.New("campaign is known already")
	// ErrNotFound: no campaign, letter or hold of that name.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: the campaign is not valid. ValidationError lists every fault.
	ErrInvalid = errors.New("campaign is invalid")
	// ErrState: the campaign's state forbids it. StateError says which.
	ErrState = errors.New("not possible in this state")
	// ErrFourEyes: the account's rules want another to approve; the error says why.
	ErrFourEyes = errors.New("another has to approve it")
	// ErrVersion: written by a version of octoq whose form this one does not know.
	ErrVersion = errors.New("unknown schema version")
)

// DuplicateError is returned for a known id.
type DuplicateError struct {
	Account, ID string
	State       State
	// Same reports whether the known campaign has the same content: that which was
	// enqueued, or that which an edit of its letter has given it since.
	Same bool
	// Differs names the fields in which the known campaign's present content is
	// another, where that is known.
	Differs []string
}

func (e *DuplicateError) Error() string {
	content := "the same content"
	if !e.Same {
		content = "different content"
	}
	if len(e.Differs) > 0 {
		content += " in " + strings.Join(e.Differs, ", ")
	}
	return fmt.Sprintf("campaign %s/%s is known already: state %s, %s", e.Account, e.ID, e.State, content)
}

// Is makes errors.Is(err, ErrDuplicate) true.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

// StateError is returned when a campaign's state forbids what was asked.
type StateError struct {
	Account, ID string
	State       State
	Asked       string // a verb: cancel, approve, replay
	Why         string // what to do about it; may be empty
}

func (e *StateError) Error() string {
	s := fmt.Sprintf("cannot %s campaign %s/%s: it is %s", e.Asked, e.Account, e.ID, e.State)
	if e.Why != "" {
		s += "; " + e.Why
	}
	return s
}

// Is makes errors.Is(err, ErrState) true.
func (e *StateError) Is(target error) bool { return target == ErrState }
