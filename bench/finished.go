package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/statsstore"
)

// kept is how long asynq keeps the plain tasks: as long as octoq its campaigns.
const kept = ledger.DefaultRetention

// finished is row 9. What is there once, such as scripts and indexes, is there before the
// first campaign that counts. Each side of each run has a Redis of its own.
func (b *bencher) finished(ctx context.Context) (sections []bench.Section, err error) {
	packed := bench.Figure{Name: "octoq, an hour after it was sent", Unit: "B for each campaign", Reach: bench.Reach{AtMost: 1500}}
	fresh := bench.Figure{Name: "octoq, before that", Unit: "B for each campaign"}
	plain := bench.Figure{Name: "three plain tasks that asynq keeps", Unit: "B for each three"}
	against := bench.Figure{Name: "against three plain tasks", Reach: bench.Reach{AtMost: 0.6}}
	for run := range b.runs {
		var here, there []float64
		for _, side := range []struct {
			flow
			sizes *[]float64
			then  func(context.Context, *redis.Client) error
		}{{octoqFlow(), &here, packAll}, {threeTasks(kept), &there, nil}} {
			err := b.withRedis(ctx, false, func(p *bench.Place) (err error) {
				*side.sizes, err = b.leaves(ctx, p, side.flow, side.then)
				if err != nil || side.then == nil {
					return err
				}
				sections = []bench.Section{{
					Key: "9", Title: "A finished campaign",
					Setup: fmt.Sprintf("%d campaigns are sent, behind a tenth as many that do not count. Bytes are used_memory after, less before, for each: "+
						"record, timeline, ticket and indexes, without the events, which are kept for a week. An hour later the worker "+
						"packs record and timeline, which here is done at once. asynq keeps what the three tasks were.", b.instant),
				}}
				return b.note(ctx, p, " No append-only file.", sections)
			})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", side.name, err)
			}
		}
		fresh.Values, packed.Values = append(fresh.Values, here[0]), append(packed.Values, here[1])
		plain.Values, against.Values = append(plain.Values, there[0]), append(against.Values, here[1]/there[0])
		b.progress("run %d: octoq: %s B, packed %s B; three plain tasks: %s B", run+1, bench.Number(here[0]), bench.Number(here[1]), bench.Number(there[0]))
	}
	sections[0].Figures = []bench.Figure{packed, fresh, plain, against}
	return sections, nil
}

// leaves is what each campaign leaves in Redis after a flow, and then after more is done.
func (b *bencher) leaves(ctx context.Context, p *bench.Place, f flow, more func(context.Context, *redis.Client) error) (sizes []float64, err error) {
	if _, err := b.pass(ctx, p, f, 0, max(b.instant/10, 1)); err != nil {
		return nil, err
	}
	if err := flush(ctx, p.Client); err != nil {
		return nil, err
	}
	before, err := withoutEvents(ctx, p.Client)
	if err != nil {
		return nil, err
	}
	if _, err := b.pass(ctx, p, f, 0, b.instant); err != nil {
		return nil, err
	}
	for _, do := range []func(context.Context, *redis.Client) error{fold, more} {
		if do != nil {
			if err := do(ctx, p.Client); err != nil {
				return nil, err
			}
		}
		after, err := withoutEvents(ctx, p.Client)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, float64(after-before)/float64(b.instant))
	}
	return sizes, nil
}

// withoutEvents is what Redis uses, less what its streams do.
func withoutEvents(ctx context.Context, c *redis.Client) (int64, error) {
	used, err := bench.Stat(ctx, c, "memory", "used_memory")
	if err != nil {
		return 0, err
	}
	streams := c.ScanType(ctx, 0, "*", 5000, "stream").Iterator()
	for streams.Next(ctx) {
		bytes, err := c.MemoryUsage(ctx, streams.Val(), 0).Result()
		if err != nil {
			return 0, err
		}
		used -= bytes
	}
	return used, streams.Err()
}

// fold adds the campaigns up in the account's figures, as the worker does.
func fold(ctx context.Context, rdb *redis.Client) error {
	_, err := statsstore.New(rdb).Fold(ctx, account)
	return err
}

// packAll packs what the worker packs an hour after its end.
func packAll(ctx context.Context, rdb *redis.Client) error {
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		return err
	}
	for more := true; more; {
		if _, more, err = store.Pack(ctx, account, time.Now().Add(time.Hour), 1000); err != nil {
			return err
		}
	}
	return nil
}
