package action

import (
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// errNothingToDo says that a campaign is already as the act would make it.
var errNothingToDo = errors.New("it is so already")

// fitting asks the rules of the act whether it would change a campaign.
func fitting(o Order, r campaign.Record) error {
	known := record.Record{Record: r}
	var entries []campaign.Entry
	var err error
	switch o.Verb {
	case Approve:
		if r.NoContacts {
			return errors.New("there is nobody to send to: look at its list or tag at Octopush")
		}
		if _, entries, err = known.Approve(planner, record.AsShown(r)); err == nil {
			err = known.InTime(time.Now())
		}
	case Reject:
		_, entries, err = known.Reject(planner, o.Reason, time.Now())
	case Cancel:
		_, entries, err = known.RequestCancel(planner, o.Reason)
	default: // any dead campaign may be purged
		return nil
	}
	if err == nil && len(entries) == 0 {
		return errNothingToDo
	}
	return err
}
