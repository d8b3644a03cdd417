package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The strictnesses: what Octopush is documented or was seen to do, and what a client that knows the friendly answers
// only would trip over. Each is off unless Config.Strict, Server.SetStrict or POST /_sim/strict switches it on.
const (
	// StrictPending allows one unvalidated campaign at a time for each account: a create is refused with 127 while
	// another campaign is computed, and with 126 while one awaits approval (sdk; whether REST keeps this is unknown).
	StrictPending = "pending"
	// StrictStop refuses a wholesale text without the mention that Octopush asked for, "STOP au 30101" with any five
	// digits, and words the refusal as it was seen (seen; that no other mention passes is inferred).
	StrictStop = "stop"
	// StrictErrors answers an invalid request with 422, a message and the errors by field (3rd).
	StrictErrors = "errors"
	// StrictCancel refuses to cancel a campaign of three recipients or more (doc for direct campaigns; that it binds
	// campaigns on a list, and the form of the refusal, are inferred).
	StrictCancel = "cancel"
	// StrictTimes refuses a send_at that cannot be read, instead of sending at once (inferred).
	StrictTimes = "times"
	// StrictWords shows a status that octoq does not know, now and then, before the campaign is sent. One such word is
	// documented on a sibling page (doc).
	StrictWords = "words"
	// StrictStrings writes every number of an answer as a string, such as "code":"121" (inferred: PHP clients and
	// servers mix the two).
	StrictStrings = "strings"
	// StrictStatus200 answers a create with 200 instead of 201 (inferred: both were seen, 201 is documented).
	StrictStatus200 = "status200"

	// StrictAll stands for all of them where names are given.
	StrictAll = "all"
)

// StrictNames returns the names of all strictnesses, sorted.
func StrictNames() []string {
	return []string{
		StrictCancel, StrictErrors, StrictPending, StrictStatus200, StrictStop, StrictStrings, StrictTimes, StrictWords,
	}
}

// strictness is the set of those that are on. It is replaced as a whole and never changed, so that a call keeps the one
// it began with.
type strictness map[string]bool

func (s strictness) has(name string) bool { return s[name] }

// newStrictness refuses a name that is unknown, and says which are known.
func newStrictness(names []string) (strictness, error) {
	set := strictness{}
	for _, name := range names {
		switch {
		case name == StrictAll:
			for _, each := range StrictNames() {
				set[each] = true
			}
		case slices.Contains(StrictNames(), name):
			set[name] = true
		default:
			return nil, fmt.Errorf("strictness %q is unknown, known are %s and %s",
				name, strings.Join(StrictNames(), ", "), StrictAll)
		}
	}
	return set, nil
}

// SetStrict switches on the strictnesses named, StrictAll for all of them, and the others off. Calls that have begun keep
// what was on before. With an unknown name it returns an error and changes nothing.
func (s *Server) SetStrict(names ...string) error {
	set, err := newStrictness(names)
	if err != nil {
		return fmt.Errorf("set strictness: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strict = set
	return nil
}

// Strict returns the names of the strictnesses that are on, sorted.
func (s *Server) Strict() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := slices.AppendSeq([]string{}, maps.Keys(s.strict))
	slices.Sort(names)
	return names
}
