package lifecycle

import "github.com/octoq/octoq/campaign"

// Decision is what is to be written: the record as it becomes, and the entries of the
// timeline that say why.
type Decision struct {
	After   campaign.Record
	Entries []campaign.Entry
}
