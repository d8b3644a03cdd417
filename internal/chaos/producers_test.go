package chaos

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// The exit codes of octoq that the play knows.
const (
	exitDone     = 0
	exitNotFound = 3
	exitKnown    = 4
)

// producers are backends that enqueue files, are killed while they do, and
// start again with the same file.
type producers struct {
	w *world

	mu sync.Mutex
	// acknowledged are the campaigns that octoq enqueue reported to be in Redis.
	acknowledged map[string]bool
	// forgotten are those that were new once more afterwards: Redis had lost them.
	forgotten map[string]bool
	// durable are those that Redis has confirmed to survive, and broken those of them
	// that it had lost.
	durable, broken map[string]bool
	files           []string // that were begun
}

func newProducers(w *world) *producers {
	return &producers{w: w, acknowledged: map[string]bool{}, forgotten: map[string]bool{}, durable: map[string]bool{}, broken: map[string]bool{}}
}

// work enqueues all files, spread over a time; ctx ending hurries it up, but
// every file is enqueued to its end.
func (p *producers) work(ctx context.Context, files []string, over time.Duration, r *rand.Rand) {
	for _, file := range files {
		for attempt := 0; ; attempt++ {
			kill := attempt < 3 && r.IntN(2) == 0
			if p.run(file, kill, between(r, 30*time.Millisecond, 700*time.Millisecond)) {
				break
			}
			pass(ctx, between(r, 100*time.Millisecond, time.Second))
		}
		pass(ctx, between(r, 0, 1+2*over/time.Duration(len(files))))
	}
}

// run enqueues one file, unless it is killed first, and reports whether all of
// it is in Redis.
func (p *producers) run(file string, kill bool, after time.Duration) bool {
	const patience = time.Minute
	if !kill {
		after = patience
	}
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	p.begun(file)
	out, code := p.w.command(ctx, p.w.shopURL, append([]string{"enqueue", "--file", file, "--json"}, p.w.place.durable...)...)
	if kill && ctx.Err() != nil {
		p.w.injected("producer_killed")
		p.w.note("producer of %s killed after %v", filepath.Base(file), after)
	}
	p.learn(out, len(p.w.place.durable) > 0)
	return code == exitDone || code == exitKnown
}

func (p *producers) begun(file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.files, file) {
		p.files = append(p.files, file)
	}
}

// enqueued are some of the files that producers have begun with: those of backends
// that notice at once what Redis has lost.
func (p *producers) enqueued(r *rand.Rand) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.files), func(string) bool { return r.IntN(2) == 0 })
}

// learn takes what octoq enqueue printed. The last line of one that was killed
// may be cut off, and says nothing. What asked for it and was not refused it is durable.
func (p *producers) learn(out string, durable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range linesOf(out) {
		switch l.Result {
		case "enqueued":
			p.missed(l.ID)
			p.heard(l.ID, durable && l.NotDurable == "")
		case "known":
			p.heard(l.ID, durable && l.NotDurable == "")
		case "invalid":
			p.w.t.Errorf("a producer was refused: %+v", l)
		}
	}
}

// line is what octoq enqueue printed of a campaign.
type line struct {
	ID, Result string
	NotDurable string `json:"not_durable"`
}

// linesOf reads what octoq enqueue printed; a line that is cut off says nothing.
func linesOf(out string) []line {
	var all []line
	for text := range strings.Lines(out) {
		var l line
		if json.Unmarshal([]byte(text), &l) == nil {
			all = append(all, l)
		}
	}
	return all
}

// missed notes that a campaign was not there, which may have been.
func (p *producers) missed(id string) {
	if p.acknowledged[id] {
		p.forgotten[id] = true
	}
	if p.durable[id] {
		p.broken[id] = true
	}
}

// heard notes that a campaign is there, and whether Redis has confirmed it.
func (p *producers) heard(id string, durable bool) {
	p.acknowledged[id] = true
	if durable {
		p.durable[id] = true
	}
}

func (p *producers) accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acknowledged)
}

// some is a campaign that was accepted, of a sort that is wanted.
func (p *producers) some(items []item, r *rand.Rand, sorts ...sort) (item, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []item
	for _, c := range items {
		for _, s := range sorts {
			if c.sort == s && p.acknowledged[c.id] {
				found = append(found, c)
			}
		}
	}
	if len(found) == 0 {
		return item{}, false
	}
	return found[r.IntN(len(found))], true
}
