package enqueue

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/ledger"
)

const (
	// remembered is how many places of waiting campaigns one listing remembers:
	// some 4 MB.
	remembered = 50_000
	// maxListings is how many listings a client remembers at once, rememberFor for
	// how long. What is forgotten is read again.
	maxListings = 4
	rememberFor = 2 * time.Minute
)

// places are those of waiting campaigns, newest first.
type places struct {
	account string
	list    []ledger.Place
	whole   bool // no older ones were left out
	until   time.Time
}

// reaches reports whether a page behind a place is all among the places.
func (p *places) reaches(after ledger.Place, limit int) bool {
	return p != nil && (p.whole || len(p.behind(after).list) > limit)
}

func (p *places) behind(after ledger.Place) *places {
	i, found := slices.BinarySearchFunc(p.list, after, ledger.Place.Compare)
	if found {
		i++
	}
	return &places{list: p.list[i:], whole: p.whole}
}

// newestPlaces keeps the newest places behind one, in memory for twice as many.
type newestPlaces struct {
	after ledger.Place
	list  []ledger.Place
	cut   bool
}

func (n *newestPlaces) add(p ledger.Place) {
	if n.after != (ledger.Place{}) && n.after.Compare(p) >= 0 {
		return
	}
	if n.list = append(n.list, p); len(n.list) == 2*remembered {
		n.trim()
	}
}

func (n *newestPlaces) trim() {
	slices.SortFunc(n.list, ledger.Place.Compare)
	n.list = slices.Compact(n.list)
	if len(n.list) > remembered {
		n.list, n.cut = n.list[:remembered], true
	}
}

func (n *newestPlaces) places() *places {
	n.trim()
	return &places{list: slices.Clip(n.list), whole: !n.cut}
}

// listings remembers what waited when a listing began. Campaigns that were
// enqueued later are none of the listing's: they were not there throughout.
type listings struct {
	mu    sync.Mutex
	known map[string]*places
}

func (l *listings) get(token, account string) *places {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.known[token]
	if p == nil || p.account != account || time.Now().After(p.until) {
		return nil
	}
	p.until = time.Now().Add(rememberFor)
	return p
}

// put remembers a listing in the place of the one that was not asked for longest.
func (l *listings) put(token, account string, p *places) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		l.known = map[string]*places{}
	}
	if _, there := l.known[token]; !there && len(l.known) >= maxListings {
		first := ""
		for t, q := range l.known {
			if first == "" || q.until.Before(l.known[first].until) {
				first = t
			}
		}
		delete(l.known, first)
	}
	p.account, p.until = account, time.Now().Add(rememberFor)
	l.known[token] = p
	maps.DeleteFunc(l.known, func(_ string, q *places) bool { return time.Now().After(q.until) })
}

func (l *listings) forget(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, token)
}
