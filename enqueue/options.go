package enqueue

import (
	"errors"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/durability"
)

// Option changes how one campaign, or all of one EnqueueAll, are enqueued.
type Option func(*options) error

type options struct {
	at      time.Time
	durable *durability.Target // nil unless it is asked for
	traceOf func(campaign.Campaign) trace.SpanContext
}

func collect(opts []Option) (options, error) {
	var o options
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return options{}, err
		}
	}
	return o, nil
}

// At keeps the campaign from being created before t, like Campaign.NotBefore;
// the later of the two counts. Octopush's own SendAt is another thing: that
// one holds a campaign that is created and confirmed.
func At(t time.Time) Option {
	return func(o *options) error {
		if t.IsZero() {
			return errors.New("enqueue: At needs a time")
		}
		o.at = t
		return nil
	}
}

// apply gives the campaign its defaults and what the options say.
func (o options) apply(c campaign.Campaign) campaign.Campaign {
	c = content.WithDefaults(c)
	if o.at.After(c.NotBefore) {
		c.NotBefore = o.at
	}
	return c
}

// Receipt says what was enqueued.
type Receipt struct {
	Account string         `json:"account"`
	ID      string         `json:"id"`
	State   campaign.State `json:"state"`
	// NotBefore is when it may first be created; zero means now.
	NotBefore time.Time          `json:"not_before,omitzero"`
	Warnings  []campaign.Warning `json:"warnings,omitempty"`
}
