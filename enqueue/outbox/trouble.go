package outbox

import (
	"time"

	"github.com/rs/zerolog"
)

// troubleEvery is how often a trouble that lasts is logged.
const troubleEvery = 30 * time.Second

// trouble logs what goes wrong, and that it is over, without a line for every try.
type trouble struct {
	log   *zerolog.Logger
	begun string    // what is logged
	last  time.Time // zero while there is none
}

func (t *trouble) met(err error) {
	now := time.Now()
	if !t.last.IsZero() && now.Sub(t.last) < troubleEvery {
		return
	}
	t.last = now
	t.log.Warn().Err(err).Msg(t.begun)
}

func (t *trouble) over() {
	if t.last.IsZero() {
		return
	}
	t.last = time.Time{}
	t.log.Info().Msg("the outbox is relayed again")
}
