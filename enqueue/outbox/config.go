package outbox

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// Config is what a Relay is made of. Pool and Client are needed, and stay the
// caller's to close.
type Config struct {
	// Pool leads to the database with the tables. A Relay uses two of its connections
	// at once, and one more beside it to listen on.
	Pool *pgxpool.Pool
	// Client enqueues. Campaigns are enqueued in the name that their row has, or in the
	// client's where that is empty.
	Client *enqueue.Client
	// Options go to EnqueueAll. With enqueue.Durable a row is deleted only once Redis
	// has confirmed that the campaign survives a crash.
	Options []enqueue.Option
	// Batch is how many campaigns go to Redis together, 512 by default and 8192 at
	// most. As many are in memory, of at most 64 KiB each.
	Batch int
	// Poll is how often the outbox is looked at without being notified, a second by default.
	Poll time.Duration
	// Retention is the workers' (OCTOQ_RETENTION), 90 days by default. A row that is
	// older may have been enqueued, sent and forgotten, so it is refused.
	Retention time.Duration
	// Logger logs what goes wrong; by default nothing is logged.
	Logger *zerolog.Logger
	// Registerer takes the metrics; without one there are none. One Relay a Registerer.
	Registerer prometheus.Registerer
}

const (
	defaultBatch     = 512
	maxBatch         = 8192
	defaultPoll      = time.Second
	defaultRetention = 90 * 24 * time.Hour
)

func (c Config) withDefaults() (Config, error) {
	if c.Pool == nil || c.Client == nil {
		return c, errors.New("outbox: Pool and Client are both needed")
	}
	if c.Batch == 0 {
		c.Batch = defaultBatch
	}
	if c.Poll == 0 {
		c.Poll = defaultPoll
	}
	if c.Retention == 0 {
		c.Retention = defaultRetention
	}
	if c.Logger == nil {
		nop := zerolog.Nop()
		c.Logger = &nop
	}
	switch {
	case c.Batch < 1 || c.Batch > maxBatch:
		return c, fmt.Errorf("outbox: Batch is %d: 1 to %d are allowed", c.Batch, maxBatch)
	case c.Poll < 0:
		return c, fmt.Errorf("outbox: Poll is %s: it must be above 0", c.Poll)
	case c.Retention < time.Hour:
		return c, fmt.Errorf("outbox: Retention is %s: give the workers', which is 24h at least", c.Retention)
	}
	return c, c.checkOptions()
}

// checkOptions refuses options that would fail each EnqueueAll. An empty campaign is
// invalid, which Check says only once the options are fine.
func (c Config) checkOptions() error {
	if err := c.Client.Check(campaign.Campaign{}, c.Options...); !errors.Is(err, campaign.ErrInvalid) {
		return err
	}
	return nil
}
