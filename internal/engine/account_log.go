package engine

import "github.com/rs/zerolog"

// accountLog is the log of one account.
type accountLog struct {
	zerolog.Logger
	outage *outage // of the process
}

// warn begins a warning of an error, unless the error is one of an outage, of which
// the process logs a few lines for all accounts.
func (l accountLog) warn(err error) *zerolog.Event {
	if l.outage.Note(err) {
		return nil // on which zerolog writes nothing
	}
	return l.Warn().Err(err)
}
