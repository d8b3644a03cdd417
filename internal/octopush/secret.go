package octopush

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// redacted stands wherever the key would have stood.
const redacted = "[redacted]"

// Secret is a text that does not show itself: not by String, fmt (any verb),
// JSON, text encodings, slog or zerolog's Interface and Stringer. An empty one
// shows as empty, so that people see that it is missing.
//
// Three ways around it are not in its power: fmt reads unexported fields without
// asking their type, %p (which go vet refuses) and JSON's map keys take any
// string. So keep it in exported fields, as a value. Call Reveal only where it
// leaves for the API.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string {
	return "octopush.Secret(" + strconv.Quote(s.String()) + ")"
}

// Format hides the secret from every verb, %x and %d included.
func (s Secret) Format(f fmt.State, verb rune) {
	out := s.String()
	switch {
	case verb == 'q':
		out = strconv.Quote(out)
	case verb == 'v' && f.Flag('#'):
		out = s.GoString()
	}
	// fmt.State keeps what it is given and never fails.
	_, _ = f.Write([]byte(out))
}

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
