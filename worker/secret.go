package worker

import (
	"fmt"

	"github.com/octoq/octoq/internal/octopush"
)

// Secret is a text that does not show itself: not by String, fmt (any verb),
// JSON, text encodings, slog or zerolog's Interface and Stringer. An empty one
// shows as empty, so that people see that it is missing.
//
// Three ways around it are not in its power: fmt reads unexported fields without
// asking their type, %p (which go vet refuses) and JSON's map keys take any
// string. So keep it in exported fields, as a value.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string { return s.hidden().String() }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.hidden().GoString() }

// Format hides the secret from every verb, %x and %d included.
func (s Secret) Format(f fmt.State, verb rune) { s.hidden().Format(f, verb) }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return s.hidden().MarshalJSON() }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return s.hidden().MarshalText() }

// hidden is the secret as the client of the API takes it.
func (s Secret) hidden() octopush.Secret { return octopush.Secret(s) }
