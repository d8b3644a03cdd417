package campaign

// Limits of a campaign. Those of the list's and tag's name, of the text and of
// the sender are the API's (doc), the others octoq's own.
const (
	MaxID        = 64
	MaxAccount   = 32
	MaxListName  = 30   // characters
	MaxTagName   = 20   // characters
	MaxText      = 1224 // characters
	MinSender    = 3
	MaxSender    = 11
	MaxLabels    = 16
	MaxLabelName = 64  // bytes
	MaxLabel     = 256 // bytes
)

// MinYear and MaxYear are the first and last year of a time, on the clock of its
// own offset. Others are slips of the pen: RFC 3339 ends at 9999, where octoq's
// dead letters are scheduled.
const (
	MinYear = 2000
	MaxYear = 9998
)
