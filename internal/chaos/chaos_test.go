package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// seed is the seed of the run.
var seed uint64

// TestChaos plays one run and prints one line about it.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed = *flagSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	again := fmt.Sprintf("make chaos N=%d SECONDS=%d SEED=%d RATE=%d", *flagN, *flagSeconds, seed, *flagRate)
	t.Logf("to run it again: %s", again)
	w := newWorld(t)
	r := rand.New(rand.NewPCG(seed, 2026))
	h := hoursOf(time.Now(), time.Duration(*flagSeconds)*time.Second)
	items := campaigns(*flagN, h, r)
	p := newProducers(w)
	o := newOperators(w, p, items)
	w.producers, w.operators, w.items = p, o, items
	vouched := w.beforehand(t.Context(), split(r))
	for i := range *flagWorkers {
		w.slots = append(w.slots, w.newSlot(i))
	}
	each(w.slots, func(s *slot) { s.start() })

	files := w.files(items, r)
	w.startPulse()
	w.storm(h.span, p, o, items, files, r)
	vouched()
	w.note("the faults are over")
	w.stopPulse()
	records := w.drain(p, o, items, files, r)
	each(w.slots, func(s *slot) { s.stop() })
	if final := w.records(); len(final) > 0 {
		records = final
	}

	w.keep(records)
	v := w.judge(p, items, records)
	fmt.Printf("chaos: %s\n", v.line(w.faults, o.done)) //nolint:forbidigo // the line that the run is for, with or without -v
	for _, fault := range v.faulty() {
		t.Error(fault)
	}
	for _, id := range v.twice {
		t.Errorf("%s at the API:\n%s", id, w.calls(id))
	}
	if v.accepted != *flagN {
		t.Errorf("accepted: got %d, want %d", v.accepted, *flagN)
	}
	if t.Failed() {
		t.Logf("to run it again: %s", again)
	}
}

// storm is the time of faults.
func (w *world) storm(span time.Duration, p *producers, o *operators, items []item, files []string, r *rand.Rand) {
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	producing, operating, injecting := split(r), split(r), split(r)
	var group sync.WaitGroup
	group.Go(func() { p.work(ctx, files, span*4/5, producing) })
	group.Go(func() { o.work(ctx, items, operating) })
	group.Go(func() { w.inject(ctx, injecting) })
	group.Wait()
}

// standstill is how long nothing may end before the rest counts as stuck. It is no
// bound on the whole: how fast a machine under load gets through is not asked here.
const standstill = 3 * time.Minute

// drain lets all that was accepted end. Producers run every file once more, as
// they do after a Redis has crashed; operators go on deciding.
func (w *world) drain(p *producers, o *operators, items []item, files []string, r *rand.Rand) []campaign.Record {
	w.clearHold()
	for _, file := range files {
		for range 5 {
			if p.run(file, false, 0) {
				break
			}
		}
	}
	rdb := w.redis.Client()
	var records []campaign.Record
	var stale []string
	w.dwindles(standstill, "all that was accepted ends", func() (int, string) {
		o.decide(r)
		o.mend()
		for _, c := range items {
			if c.sort == withdrawn && len(records) == 0 {
				o.do("cancel", "cancel", c.id)
			}
		}
		records = w.records()
		open, dead := map[campaign.State]int{}, map[string]bool{}
		for _, rec := range records {
			switch {
			case rec.State == campaign.StateDead:
				dead[rec.ID()] = true
			case !rec.State.Final():
				open[rec.State]++
			}
		}
		left := w.leftovers(rdb, dead)
		stale = w.stale(rdb, dead)
		_, own := ticked(records)
		living := 0
		for _, n := range open {
			living += n
		}
		return max(0, p.accepted()-len(own)) + living + len(left),
			fmt.Sprintf("%d of %d found, not ended: %v, left in the queues: %v", len(own), p.accepted(), open, left)
	})
	if len(stale) > 0 {
		w.t.Logf("letters of a life that Redis has forgotten: %v", stale)
	}
	return records
}

// records are all campaigns, by `octoq list`.
func (w *world) records() []campaign.Record {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, _ := w.command(ctx, w.redis.Addr, "list", "--json", "--limit", "0")
	if !strings.HasSuffix(out, "\n") && out != "" {
		return nil
	}
	return decode(out)
}

// each does something with all slots at once.
func each(slots []*slot, do func(*slot)) {
	var group sync.WaitGroup
	for _, s := range slots {
		group.Go(func() {
			s.Lock()
			defer s.Unlock()
			do(s)
		})
	}
	group.Wait()
}

func split(r *rand.Rand) *rand.Rand { return rand.New(rand.NewPCG(r.Uint64(), r.Uint64())) }
