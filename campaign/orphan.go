package campaign

import (
	"slices"
	"time"
)

// OrphanTries is how often octoq asks the API to cancel one orphan.
const OrphanTries = 5

// Orphan is a ticket that octoq learnt of too late to own it.
type Orphan struct {
	Ticket    string    `json:"ticket"`
	At        time.Time `json:"at"`
	Tries     int       `json:"tries"`
	Cancelled bool      `json:"cancelled"`
	// Sent: the API said that it was sent, by somebody else.
	Sent bool `json:"sent,omitempty"`
	// Note says how it ended, or what the API last said.
	Note string `json:"note,omitempty"`
}

// LooseOrphans are the orphans that may still lie at the API, neither
// cancelled nor sent. A ticket that the record holds is never an orphan.
func (r Record) LooseOrphans() []Orphan {
	var loose []Orphan
	for _, o := range r.Orphans {
		if !o.Cancelled && !o.Sent && o.Ticket != r.Ticket {
			loose = append(loose, o)
		}
	}
	return loose
}

// CancelsOrphans reports whether octoq still tries to cancel one of the
// record's orphans, so that a wake-up should be queued for it.
func (r Record) CancelsOrphans() bool {
	return slices.ContainsFunc(r.LooseOrphans(), func(o Orphan) bool { return o.Tries < OrphanTries })
}

// OrphanStep is the wake-up that cancels orphans: step 0, which no campaign's
// own life has, numbered by how many there are and how often the sweep had to
// put it back.
func (r Record) OrphanStep() Step {
	return Step{Stage: StageCancel, Run: r.Run, Step: 0, Epoch: len(r.Orphans) + r.OrphanEpoch}
}
