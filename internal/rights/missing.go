package rights

import (
	"slices"
	"strings"
)

// MissingError says that a user of Redis may not do all that a role does.
type MissingError struct {
	Role  Role
	words []string // of ACL SETUSER: what is missing
}

func (e *MissingError) Error() string {
	return "Redis refuses its user what the role " + string(e.Role) + " needs; to grant it: " + e.Grant()
}

// Grant is how to grant what is missing.
func (e *MissingError) Grant() string { return Grant(strings.Join(e.words, " ")) }

// add notes what Redis refused of a command, whose name may be "" where the refusal
// has it. It returns an error that is no refusal.
func (e *MissingError) add(command string, err error) error {
	words := wordsFor(err, command, e.Role)
	if words == nil {
		return err
	}
	for _, w := range words {
		if !slices.Contains(e.words, w) {
			e.words = append(e.words, w)
		}
	}
	return nil
}

// orNil is nil where nothing is missing.
func (e *MissingError) orNil() error {
	if len(e.words) == 0 {
		return nil
	}
	return e
}
