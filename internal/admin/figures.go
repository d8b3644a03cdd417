package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/stats"
	"github.com/octoq/octoq/internal/statsstore"
)

// FiguresQuery asks what the campaigns of an account came to.
type FiguresQuery struct {
	Account string
	Period  stats.TimeRange
	// Per is how long each item is; "" gives the sums alone, from the longest buckets
	// that the span consists of.
	Per stats.BucketSize
	By  stats.Dimension
}

// AccountFigures are what campaigns of an account came to from a time up to another. The
// JSON names are stable.
type AccountFigures struct {
	Account string           `json:"account"`
	From    time.Time        `json:"from"`
	To      time.Time        `json:"to"`
	Per     stats.BucketSize `json:"per" doc:"how long each item is: minute, hour or day of UTC"`
	By      stats.Dimension  `json:"by,omitempty"`
	Total   stats.Figures    `json:"total"`
	// Groups are the figures of each value of By; they add up to Total.
	Groups []stats.Group `json:"groups,omitempty" doc:"the figures of each value; they add up to the total"`
	// Items are the figures of each minute, hour or day in which there were some.
	Items []FiguresItem `json:"items,omitempty" doc:"minutes, hours or days with figures, oldest first; others have none"`
}

// FiguresItem is a minute, hour or day.
type FiguresItem struct {
	Start time.Time `json:"start"`
	stats.Figures
	Groups []stats.Group `json:"groups,omitempty"`
}

// Figures reads what the campaigns of an account came to. A span that is kept no more,
// or is not made of whole buckets, is campaign.ErrInvalid.
func (d *Service) Figures(ctx context.Context, q FiguresQuery) (AccountFigures, error) {
	none := AccountFigures{}
	store := statsstore.New(d.rdb)
	now, err := store.Now(ctx, q.Account)
	if err != nil {
		return none, err
	}
	per, err := bucketsOf(q, now)
	if err != nil {
		return none, fmt.Errorf("%w: %w", campaign.ErrInvalid, err)
	}
	dated, err := store.Read(ctx, q.Account, per, q.Period)
	if err != nil {
		return none, err
	}
	f := AccountFigures{Account: q.Account, From: q.Period.From, To: q.Period.To, Per: per, By: q.By}
	var all []stats.Bucket
	for _, b := range dated {
		all = append(all, b.Bucket)
		if q.Per != "" && !b.Total.IsZero() {
			f.Items = append(f.Items, FiguresItem{Start: b.Start, Figures: b.Total, Groups: groupsOf(q.By, b.Bucket)})
		}
	}
	f.Total, f.Groups = stats.Total(all), groupsOf(q.By, all...)
	return f, nil
}

// bucketsOf is which buckets answer a query.
func bucketsOf(q FiguresQuery, now time.Time) (stats.BucketSize, error) {
	if q.Per == "" {
		return q.Period.Buckets(now)
	}
	return q.Per, q.Period.Within(q.Per, now)
}

func groupsOf(by stats.Dimension, buckets ...stats.Bucket) []stats.Group {
	if by == "" {
		return nil
	}
	return stats.Groups(buckets, by)
}
