package enqueue

import (
	"errors"
	"fmt"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// MaxLine is the length of the longest line of JSON Lines, and of the largest
// record of CSV, that is read, in bytes. Longer ones are faults; they never
// take more memory than this.
const MaxLine = 1 << 20

// Item is what one line of JSON Lines or one record of CSV holds: a campaign,
// or the reason why there is none.
type Item struct {
	// Line is the number of the item's first line in the input, from 1.
	Line int
	// Campaign is valid when Err is nil, and empty otherwise. Its defaults are
	// not filled in.
	Campaign campaign.Campaign
	// Err is a *LineError when the line was refused; reading then goes on,
	// unless it was the header row of CSV. Any other error is one of reading,
	// and the last item.
	Err error
	// Raw is the refused input without its line break, for a file of rejects
	// that can be corrected and read again. It is nil when Err is, and when the
	// line was too long to keep.
	Raw []byte
	// Header is the header row of CSV as it was read, and Separator what parts its
	// cells; both are set along with Err. Header is shared between items.
	Header    []byte
	Separator byte
}

// LineError says why a line was refused. It is campaign.ErrInvalid.
type LineError struct {
	Line   int              `json:"line"`
	ID     string           `json:"id,omitempty"` // as given, where it could be read
	Faults []campaign.Fault `json:"faults"`
}

func (e *LineError) Error() string {
	line := fmt.Sprintf("line %d: ", e.Line)
	if e.ID != "" {
		return line + (&campaign.ValidationError{ID: e.ID, Faults: e.Faults}).Error()
	}
	problems := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		problems[i] = f.String()
	}
	return line + strings.Join(problems, "; ")
}

// Is makes errors.Is(err, campaign.ErrInvalid) true.
func (e *LineError) Is(target error) bool { return target == campaign.ErrInvalid }

// refused is the item of a line with one fault.
func refused(line int, raw []byte, f campaign.Fault) Item {
	return Item{Line: line, Raw: raw, Err: &LineError{Line: line, Faults: []campaign.Fault{f}}}
}

// refusedBy is the item of a line whose campaign an error refuses.
func refusedBy(line int, raw []byte, err error) Item {
	invalid, ok := errors.AsType[*campaign.ValidationError](err)
	if !ok {
		return refused(line, raw, campaign.Fault{Problem: err.Error()})
	}
	return Item{Line: line, Raw: raw, Err: &LineError{Line: line, ID: invalid.ID, Faults: invalid.Faults}}
}

// tooLong is the fault of a line that is not read.
func tooLong() *campaign.Fault {
	return &campaign.Fault{Problem: fmt.Sprintf("the line is longer than %d bytes", MaxLine)}
}

// readFailed is the last item of an input that broke off.
func readFailed(line int, err error) Item {
	return Item{Line: line, Err: fmt.Errorf("read line %d (nothing was read from there on): %w", line, err)}
}
