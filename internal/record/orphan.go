package record

import (
	"slices"

	"github.com/octoq/octoq/campaign"
)

// OrphanTries is how often octoq asks the API to cancel one orphan.
const OrphanTries = 5

// LooseOrphans are the orphans that may still lie at the API, neither
// cancelled nor sent. A ticket that the record holds is never an orphan.
func (r Record) LooseOrphans() []campaign.Orphan {
	var loose []campaign.Orphan
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
	return slices.ContainsFunc(r.LooseOrphans(), func(o campaign.Orphan) bool { return o.Tries < OrphanTries })
}

// OrphanStep is the wake-up that cancels orphans: step 0, which no campaign's
// own life has, numbered by how many there are and how often the sweep had to
// put it back.
func (r Record) OrphanStep() Step {
	return Step{Stage: campaign.StageCancel, Run: r.Run, Step: 0, Epoch: len(r.Orphans) + r.OrphanEpoch}
}
