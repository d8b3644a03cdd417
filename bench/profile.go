package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"

	"github.com/octoq/octoq/internal/bench"
)

// profile takes a CPU profile of one side until stop, where that is wanted. It
// costs a few per cent, so the figures of such a run are not for the tables.
func (b *bencher) profile(side string) (stop func()) {
	if b.profiles == "" {
		return func() {}
	}
	f, err := os.Create(filepath.Join(b.profiles, fileName(side)+".pprof"))
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		b.progress("no profile of %s: %v", side, err)
		return func() {}
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			b.progress("profile of %s: %v", side, err)
		}
	}
}

func fileName(side string) string { return strings.NewReplacer(" ", "-", ".", "-").Replace(side) }

// commandStats writes what Redis was asked for beside the profiles, since the
// last reset of its statistics.
func (b *bencher) commandStats(ctx context.Context, p *bench.Place, side string) {
	if b.profiles == "" {
		return
	}
	stats, err := p.Client.Info(ctx, "commandstats").Result()
	if err == nil {
		const readable = 0o644
		err = os.WriteFile(filepath.Join(b.profiles, fileName(side)+".commandstats"), []byte(stats), readable)
	}
	if err != nil {
		b.progress("commands of %s: %v", side, err)
	}
}
