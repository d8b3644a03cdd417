// Package actor names actors, as timelines and enqueued_by say it: a kind and a
// name, such as "user:anna" or "system:root@host".
package actor

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// MaxLength is how long a name may be, in bytes.
const MaxLength = 128

// User is a person who signed in.
func User(name string) string { return "user:" + name }

// OIDC is a person who signed in by an OpenID Connect provider, which names them so.
func OIDC(subject string) string { return "oidc:" + subject }

// Token is a program with the token of that name.
func Token(name string) string { return "token:" + name }

// Schedule is the schedule of that name, which enqueues the campaigns of its ticks.
func Schedule(name string) string { return "schedule:" + name }

// Check refuses a name that cannot be kept, or that a terminal would obey.
func Check(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case len(name) > MaxLength:
		return fmt.Errorf("has %d bytes, at most %d are allowed", len(name), MaxLength)
	case !utf8.ValidString(name):
		return errors.New("is not valid UTF-8")
	}
	for _, c := range name {
		if !unicode.IsPrint(c) {
			return fmt.Errorf("holds %q, which cannot be printed", c)
		}
	}
	return nil
}
