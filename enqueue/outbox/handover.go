package outbox

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/tracing"
)

// handOver enqueues the campaigns of rows and notes what became of each.
func (r *Relay) handOver(ctx context.Context, rows []*row) error {
	for _, one := range rows {
		one.read(r.cfg.Retention)
	}
	for _, of := range byWho(rows) {
		client := r.cfg.Client
		if who := of[0].who; who != "" {
			var err error
			if client, err = client.As(who); err != nil {
				return err
			}
		}
		r.enqueueAll(ctx, client, of)
	}
	return nil
}

// byWho groups the rows that can be enqueued by who wrote them, each group in order.
func byWho(rows []*row) [][]*row {
	var groups [][]*row
	place := map[string]int{}
	for _, one := range rows {
		if one.fate != left {
			continue
		}
		i, there := place[one.who]
		if !there {
			i = len(groups)
			place[one.who] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}

func (r *Relay) enqueueAll(ctx context.Context, client *enqueue.Client, rows []*row) {
	items := make([]campaign.Campaign, len(rows))
	for i, one := range rows {
		items[i] = one.item
	}
	i := 0
	opts := append(slices.Clip(r.cfg.Options), enqueue.TraceOf(tracesOf(rows)))
	for _, err := range client.EnqueueAll(ctx, slices.Values(items), opts...) {
		rows[i].settle(err)
		i++
	}
}

// tracesOf finds the trace of each row's campaign. Of rows with one id it is that of the
// first, which is the one that is enqueued.
func tracesOf(rows []*row) func(campaign.Campaign) trace.SpanContext {
	type name struct{ account, id string }
	traces := map[name]trace.SpanContext{}
	for _, one := range slices.Backward(rows) {
		c := content.WithDefaults(one.item)
		traces[name{c.Account, c.ID}] = tracing.Parse(one.from)
	}
	return func(c campaign.Campaign) trace.SpanContext { return traces[name{c.Account, c.ID}] }
}

// settle notes what an error of EnqueueAll means for the row. Whatever is not known
// for certain is tried again: that costs nothing, for the id is the same.
func (r *row) settle(err error) {
	duplicate, isDuplicate := errors.AsType[*campaign.DuplicateError](err)
	switch {
	case err == nil:
		r.fate = enqueued
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		r.fate = left
	case isDuplicate && differs(duplicate):
		r.refuse(err.Error() + "; give it another id, if it is another campaign")
	case errors.Is(err, campaign.ErrInvalid):
		r.refuse(err.Error())
	case isDuplicate && duplicate.Same && !errors.Is(err, enqueue.ErrNotDurable):
		r.fate = known
	default:
		r.postpone(err.Error())
	}
}

// differs reports whether a known campaign is known to be another one. A purged one
// has no content left to compare.
func differs(e *campaign.DuplicateError) bool {
	return !e.Same && (len(e.Differs) > 0 || e.State == campaign.StatePurged)
}
