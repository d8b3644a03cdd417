package api

import (
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// GivenTime is a time of a body. The one that programs write for none is refused: it
// would count as left out, and a token that was to expire would never, or a filter mean
// everything.
type GivenTime struct{ time.Time }

// errNoTime says that a time is the one that programs write for none.
var errNoTime = errors.New("is the time that programs write for none: leave it out, or give the one that is meant")

// UnmarshalJSON reads a time; null leaves it out.
func (t *GivenTime) UnmarshalJSON(b []byte) error {
	if err := t.Time.UnmarshalJSON(b); err != nil {
		return err
	}
	if t.IsZero() && string(b) != "null" {
		return errNoTime
	}
	return nil
}

// Schema is that of a time.
func (GivenTime) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}
