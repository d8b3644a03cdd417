package lifecycle

import "github.com/octoq/octoq/internal/record"

// makesRoom reports whether the record's ticket is to be deleted if the campaign waits.
// One whose confirm was not answered is not: it may be sent.
func makesRoom(r record.Record, m record.Snapshot) bool {
	return m.OneAtATime && r.Ticket != "" && r.Removal == "" && !r.ConfirmTried && !r.CancelRequested
}
