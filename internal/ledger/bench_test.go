package ledger

import (
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/runid"
)

func BenchmarkLoad(b *testing.B) {
	rdb := redistest.Start(b).Client()
	l := newBench(b, rdb)
	l.path("a", campaign.StateCreating, campaign.StateComputing)
	loads(b, l, "a")
}

// loads measures the reading of one record.
func loads(b *testing.B, l *bench, id string) {
	b.Helper()
	b.ReportAllocs()
	used := processorTime(b, l.rdb)
	for b.Loop() {
		if _, _, err := l.Load(b.Context(), l.account, id); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((processorTime(b, l.rdb)-used)*1e9/float64(b.N), "redis-ns/op")
}

// BenchmarkCommit polls, so that the record does not grow.
func BenchmarkCommit(b *testing.B) {
	rdb := redistest.Start(b).Client()
	l := newBench(b, rdb)
	r := l.path("a", campaign.StateCreating, campaign.StateComputing)
	ch := l.change(nil, r)
	ch.Kind = record.ChangePoll
	b.ReportAllocs()
	used := processorTime(b, rdb)
	for b.Loop() {
		before := r
		r.Attempts.Status++
		ch.Before, ch.After, ch.Token = &before, r, l.token()
		if v, _, err := l.Commit(b.Context(), ch); err != nil || v != record.CommitApplied {
			b.Fatalf("got %q, %v", v, err)
		}
		r = ch.Written()
	}
	b.ReportMetric((processorTime(b, rdb)-used)*1e9/float64(b.N), "redis-ns/op")
}

// BenchmarkPack packs as the sweep does; BenchmarkLoadPacked reads one of them.
func BenchmarkPack(b *testing.B) {
	rdb := redistest.Start(b).Client()
	l := newBench(b, rdb)
	for i := range b.N {
		l.over("c-"+strconv.Itoa(i), campaign.StateSent, nil)
	}
	later := l.now().Now.Add(time.Hour)
	b.ReportAllocs()
	b.ResetTimer()
	used := processorTime(b, rdb)
	if n, _, err := l.Pack(b.Context(), l.account, later, b.N); n != b.N || err != nil {
		b.Fatalf("got %d packed of %d, %v", n, b.N, err)
	}
	b.ReportMetric((processorTime(b, rdb)-used)*1e9/float64(b.N), "redis-ns/op")
}

func BenchmarkLoadPacked(b *testing.B) {
	rdb := redistest.Start(b).Client()
	l := newBench(b, rdb)
	l.over("a", campaign.StateSent, nil)
	l.packAll(1)
	loads(b, l, "a")
}

// BenchmarkInfo measures what INFO costs in Redis's own processor time: a thousand
// rounds in one script, with and without it.
func BenchmarkInfo(b *testing.B) {
	rdb := redistest.Start(b).Client()
	for name, ask := range map[string]string{"with": "run_id()", "without": ""} {
		script := redis.NewScript(runid.Lua + momentLua + "for _ = 1, 1000 do clock() " + ask + " end return 1")
		b.Run(name, func(b *testing.B) {
			rounds, used := 0, processorTime(b, rdb)
			for b.Loop() {
				if err := script.Run(b.Context(), rdb, nil).Err(); err != nil {
					b.Fatal(err)
				}
				rounds += 1000
			}
			b.ReportMetric((processorTime(b, rdb)-used)*1e9/float64(rounds), "redis-ns/round")
		})
	}
}

// processorTime is how many seconds of processor time Redis has used.
func processorTime(b *testing.B, rdb redis.UniversalClient) float64 {
	b.Helper()
	info, err := rdb.InfoMap(b.Context(), "cpu").Result()
	if err != nil {
		b.Fatal(err)
	}
	var sum float64
	for _, name := range []string{"used_cpu_user", "used_cpu_sys"} {
		n, err := strconv.ParseFloat(info["CPU"][name], 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += n
	}
	return sum
}

// BenchmarkCommitFinal ends campaigns, each with its first write, so that it is counted in
// the figures of the account.
func BenchmarkCommitFinal(b *testing.B) {
	rdb := redistest.Start(b).Client()
	l := newBench(b, rdb)
	ch := l.change(nil, l.fresh("a"))
	ch.After.State = campaign.StateCancelled
	ch.After.Campaign.Labels = map[string]string{"shop": "paris", "quote": "q-20261129T090000Z"}
	b.ReportAllocs()
	used, n := processorTime(b, rdb), 0
	for b.Loop() {
		n++
		ch.After.Campaign.ID, ch.Token = "c"+strconv.Itoa(n), l.token()
		if v, _, err := l.Commit(b.Context(), ch); err != nil || v != record.CommitApplied {
			b.Fatalf("got %q, %v", v, err)
		}
	}
	b.ReportMetric((processorTime(b, rdb)-used)*1e9/float64(b.N), "redis-ns/op")
}
