package record

// Removal says how far the deletion of a ticket has come whose campaign waits for a
// person or a window. An account that was answered 126 or 127 ("another campaign awaits
// approval", "is being computed") to a create takes no create meanwhile, so the ticket makes room for the others, and the
// campaign is created again when its turn comes.
type Removal string

const (
	// RemovalDue: the ticket is to be deleted.
	RemovalDue Removal = "due"
	// RemovalTried: a delete was claimed, and nothing else is done before the API has
	// answered one.
	RemovalTried Removal = "tried"
	// RemovalDone: the campaign waits without a ticket.
	RemovalDone Removal = "done"
	// RemovalRefused: the API refused the delete. The ticket stays, and is confirmed.
	RemovalRefused Removal = "refused"
	// RemovalDoubtful: the API does not know the ticket (131), and Redis may have
	// forgotten a later one. An operator's vouch makes it RemovalDone.
	RemovalDoubtful Removal = "doubtful"
	// RemovalDoubtfulReady is the same of a campaign that waited for its window.
	RemovalDoubtfulReady Removal = "doubtful_ready"
)

// UnderWay reports whether the delete is still to be made, or answered.
func (r Removal) UnderWay() bool { return r == RemovalDue || r == RemovalTried }

// Doubtful reports whether an operator has to vouch for Redis before the campaign goes on.
func (r Removal) Doubtful() bool { return r == RemovalDoubtful || r == RemovalDoubtfulReady }
