package contacts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrOtherFile says that a progress is not that of this push: the account, the list, or a
// line that was settled is another.
var ErrOtherFile = errors.New("the progress is that of another push")

// Tally counts contacts by what became of them.
type Tally struct {
	Added    int `json:"added"`
	Invalid  int `json:"invalid" doc:"no contact can be read in them"`
	OptedOut int `json:"opted_out" doc:"left out, because octoq knows that they have opted out"`
	Refused  int `json:"refused" doc:"the API refuses them"`
}

func (t *Tally) count(results []LineResult) {
	for _, r := range results {
		switch r.Result {
		case Added:
			t.Added++
		case Invalid:
			t.Invalid++
		case OptedOut:
			t.OptedOut++
		case Refused:
			t.Refused++
		}
	}
}

// PushProgress is how far a push has come. It holds no number: the rows that are settled are
// known by a digest.
type PushProgress struct {
	Account string `json:"account"`
	List    string `json:"list"`
	Rows    int    `json:"rows"`
	Digest  string `json:"digest"`
	Tally
}

// Whole reports whether a progress is one that a push may have noted.
func (p PushProgress) Whole() bool {
	return p.Rows > 0 && p.Account != "" && p.List != "" && len(p.Digest) == hex.EncodedLen(sha256.Size)
}

// fits reports whether a push to this list may go on from the progress.
func (p PushProgress) fits(account, list string) error {
	if p.Rows > 0 && (p.Account != account || p.List != list) {
		return fmt.Errorf("%w: to list %q of account %s", ErrOtherFile, p.List, p.Account)
	}
	return nil
}

// chain is a digest of rows, each with all before it.
type chain [sha256.Size]byte

func (c *chain) add(r Row) error {
	row, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("digest line %d: %w", r.Line, err)
	}
	*c = sha256.Sum256(append(c[:], row...))
	return nil
}

func (c *chain) String() string { return hex.EncodeToString(c[:]) }
