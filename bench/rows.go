package main

import (
	"context"

	"github.com/octoq/octoq/internal/bench"
)

// enqueueing is rows 1 and 2. Without an append-only file Redis itself is
// quickest, which makes row 2 hardest.
func (b *bencher) enqueueing(ctx context.Context) (sections []bench.Section, err error) {
	err = b.withRedis(ctx, false, func(p *bench.Place) error {
		one, two, err := bench.Enqueueing(ctx, p, bench.Config{
			Runs: b.runs, Count: b.count, Progress: b.progress, Profile: b.profile,
		})
		if err != nil {
			return err
		}
		sections = []bench.Section{one, two}
		return b.note(ctx, p, " No append-only file.", sections)
	})
	return sections, err
}

// idle is row 4.
func (b *bencher) idle(ctx context.Context) (sections []bench.Section, err error) {
	err = b.withRedis(ctx, true, func(p *bench.Place) error {
		four, err := bench.Idle(ctx, p, bench.IdleConfig{
			Config:  bench.Config{Runs: b.runs, Count: b.samples, Progress: b.progress},
			HandOns: b.handOns, Asynq: asynqSamples, Watch: watch,
		})
		if err != nil {
			return err
		}
		sections = []bench.Section{four}
		return b.note(ctx, p, withFile, sections)
	})
	return sections, err
}

// withFile is what most rows say about their Redis.
const withFile = " Redis keeps an append-only file, synced once a second."

// note adds what the sections were taken on.
func (b *bencher) note(ctx context.Context, p *bench.Place, redis string, sections []bench.Section) error {
	for i := range sections {
		sections[i].Setup += redis
		sections[i].Machine = bench.Machine(ctx, p.Client)
	}
	return ctx.Err()
}
