package lifecycle

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Decision is what is to be written: the record as it becomes, and the entries of the
// timeline that say why.
type Decision struct {
	After   record.Record
	Entries []campaign.Entry
}
