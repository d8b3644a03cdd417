package queue

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// List reads up to limit first creates that are still in their queue: those
// that are due, oldest first, then those that are scheduled, by their time. The
// cursor is "" at first and at the end. The queue goes on meanwhile, so a
// campaign may be missed, or seen twice, while pages are turned.
func (p *Producer) List(ctx context.Context, account, cursor string, limit int) (page []Queued, next string, err error) {
	n := namesOf(key.Queue(account, campaign.StageCreate))
	list, offset, err := readCursor(cursor)
	if err == nil {
		var ids []string
		ids, err = p.listed(ctx, n, list, offset, limit)
		if err == nil {
			page, err = p.queued(ctx, account, ids)
			next = nextCursor(list, offset, len(ids), limit)
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("list the queued campaigns of account %s: %w", account, err)
	}
	return page, next, nil
}

// The lists of a queue in the order in which they are read.
const (
	listPending   = "p"
	listScheduled = "s"
	listRetry     = "r"
)

func readCursor(cursor string) (list string, offset int64, err error) {
	if cursor == "" {
		return listPending, 0, nil
	}
	list, number := cursor[:1], cursor[1:]
	known := list == listPending || list == listScheduled || list == listRetry
	offset, err = strconv.ParseInt(number, 10, 64)
	if err != nil || offset < 0 || !known {
		return "", 0, fmt.Errorf("%w: %q is no cursor of this list", campaign.ErrInvalid, cursor)
	}
	return list, offset, nil
}

func nextCursor(list string, offset int64, got, limit int) string {
	if got == limit {
		return list + strconv.FormatInt(offset+int64(got), 10)
	}
	switch list {
	case listPending:
		return listScheduled + "0"
	case listScheduled:
		return listRetry + "0"
	default:
		return ""
	}
}

func (p *Producer) listed(ctx context.Context, n names, list string, offset int64, limit int) ([]string, error) {
	end := offset + int64(limit) - 1
	switch list {
	case listScheduled:
		return p.client.ZRange(ctx, n.scheduled(), offset, end).Result()
	case listRetry:
		return p.client.ZRange(ctx, n.retry(), offset, end).Result()
	}
	// asynq pushes on the left and takes from the right.
	ids, err := p.client.LRange(ctx, n.pending(), -end-1, -offset-1).Result()
	for i, j := 0, len(ids)-1; i < j; i, j = i+1, j-1 {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return ids, err
}

// queued reads the campaigns of some tasks; what is no first create any more
// is left out.
func (p *Producer) queued(ctx context.Context, account string, ids []string) ([]Queued, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	asks := make([]func() (Queued, error), len(ids))
	_, err := p.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, id := range ids {
			asks[i] = askQueued(ctx, pipe, account, id, true)
		}
		return nil
	})
	if err != nil && !isNil(err) {
		return nil, err
	}
	var page []Queued
	for _, ask := range asks {
		if q, err := ask(); err == nil {
			page = append(page, q)
		}
	}
	return page, nil
}
