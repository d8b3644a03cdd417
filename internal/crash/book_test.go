package crash

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// point is a place in a worker's life: before or after the nth occurrence of a
// write or a call.
type point struct {
	name  string
	nth   int
	after bool
}

func (p point) String() string {
	s := "before "
	if p.after {
		s = "after "
	}
	s += p.name
	if p.nth > 1 {
		s += " #" + strconv.Itoa(p.nth)
	}
	return s
}

// recurs reports whether a point is of what a worker does again and again beside its work: it
// takes and renews leases, gives back places at the limits that no call waits for, stamps the
// ledger, copies events and adds up figures, the later and the more often the slower the machine
// is.
func (p point) recurs() bool {
	return slices.ContainsFunc([]string{"asynq.ExtendLease ", "hold.renewLease ", "limit.renew ", "limit.release ", " script events", "ledger.Observe ", "sweep.Run script lead:", "sweep.sweep script figures"}, func(of string) bool {
		return strings.HasPrefix(p.name, of)
	})
}

// often is how many occurrences of one write or call in a scenario are points
// of their own.
const often = 6

// book takes down what a worker writes and calls. A nil book takes down
// nothing.
type book struct {
	redis *redis.Client

	mu      sync.Mutex
	entries []point // their after is false
	known   map[string]int
	sites   map[string]bool
	calls   map[string]bool
}

func newBook(rdb *redis.Client) *book {
	return &book{redis: rdb, known: map[string]int{}, sites: map[string]bool{}, calls: map[string]bool{}}
}

// changes is how many changes Redis has ever counted: what raises it is a write.
func (b *book) changes(ctx context.Context) string {
	if b == nil {
		return ""
	}
	info, err := b.redis.InfoMap(context.WithoutCancel(ctx), "persistence").Result()
	if err != nil {
		return err.Error()
	}
	return info["Persistence"]["rdb_changes_since_last_save"]
}

func (b *book) write(a act, nth int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range a.sites {
		b.sites[s] = true
	}
	b.add(a.name, nth, a.counted)
}

func (b *book) call(name string, nth int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[name] = true
	b.add(name, nth, true)
}

func (b *book) add(name string, nth int, counted bool) {
	limit := 1
	if counted {
		limit = often
	}
	if b.known[name] >= limit {
		return
	}
	b.known[name]++
	b.entries = append(b.entries, point{name: name, nth: nth})
}
