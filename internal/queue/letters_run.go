package queue

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"
)

// maxRun bounds how many letters that have been run are looked at of each kind.
const maxRun = 1000

// AllRun reads the letters that have been run and are not done with, by id: those that
// wait for a worker, that one has in hand, and that are tried again later. Of each
// kind it reads 1,000 at most; more reports that there are others.
func (l *Letters) AllRun(ctx context.Context, account string) (letters []Buried, more bool, err error) {
	k := deadKeys(account)
	var waiting, inHand, again *redis.StringSliceCmd
	_, err = l.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		waiting, inHand = pipe.LRange(ctx, k.Pending(), 0, maxRun), pipe.LRange(ctx, k.Active(), 0, maxRun)
		again = pipe.ZRange(ctx, k.Retry(), 0, maxRun)
		return nil
	})
	if err != nil {
		return nil, false, listError(account, err)
	}
	var ids []string
	for _, kind := range []*redis.StringSliceCmd{waiting, inHand, again} {
		found := kind.Val()
		if len(found) > maxRun {
			found, more = found[:maxRun], true
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	letters, err = l.read(ctx, account, slices.Compact(ids))
	return letters, more, err
}
