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

// TestChaos plays one run and prints one line about it.
func TestChaos(t *testing.T) {
	t.Parallel()
	play(t, script{kind(*flagRedis), *flagN, time.Duration(*flagSeconds) * time.Second, *flagSeed})
}

// A short run on each other kind of Redis.
func TestChaosOnSentinels(t *testing.T) {
	t.Parallel()
	play(t, script{sentinels, 50, 12 * time.Second, *flagSeed})
}

func TestChaosOnCluster(t *testing.T) {
	t.Parallel()
	play(t, script{cluster, 50, 12 * time.Second, *flagSeed})
}

// script is what is played.
type script struct {
	on   kind
	n    int           // campaigns
	span time.Duration // of the faults
	seed uint64        // 0 takes one by the clock
}

func (s script) String() string {
	return fmt.Sprintf("make chaos REDIS=%s N=%d SECONDS=%.0f SEED=%d RATE=%d", s.on, s.n, s.span.Seconds(), s.seed, *flagRate)
}

// play plays a script, and judges.
func play(t *testing.T, s script) {
	t.Helper()
	if s.seed == 0 {
		s.seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	t.Logf("to run it again: %v", s)
	w := newWorldOn(t, s.on)
	w.seed = s.seed
	r := rand.New(rand.NewPCG(s.seed, 2026))
	if s.span < time.Minute {
		w.place = w.place.brief(r)
	}
	h := hoursOf(time.Now(), s.span)
	if w.place.short && len(w.place.upsets) > 0 {
		h = h.open()
	}
	items := campaigns(s.n, h, r)
	p := newProducers(w)
	o := newOperators(w, p, items)
	w.producers, w.operators, w.items = p, o, items
	vouched := w.beforehand(t.Context(), split(r))
	for i := range *flagWorkers {
		w.slots = append(w.slots, w.newSlot(i))
	}
	each(w.slots, func(s *slot) { s.start() })

	files := w.files(items, r)
	followed, unfollow := w.follow()
	defer unfollow()
	w.startPulse()
	w.storm(h.span, p, o, items, files, r)
	vouched()
	w.note("the faults are over")
	w.stopPulse()
	records := w.drain(p, o, items, files, r)
	followed.agrees(w.records())
	each(w.slots, func(s *slot) { s.stop() })
	if final := w.records(); len(final) > 0 {
		records = final
	}
	w.judged(s, records)
}

// judged keeps what was found, prints the line of the run, and fails for what must not be.
func (w *world) judged(s script, records []campaign.Record) {
	w.t.Helper()
	w.keep(records)
	v := w.judge(w.producers, w.items, records)
	fmt.Printf("chaos: %s\n", v.line(w, w.operators.done)) //nolint:forbidigo // the line that the run is for, with or without -v
	for _, fault := range v.faulty() {
		w.t.Error(fault)
	}
	for _, id := range v.twice {
		w.t.Errorf("%s at the API:\n%s", id, w.calls(id))
	}
	if v.accepted != s.n {
		w.t.Errorf("accepted: got %d, want %d", v.accepted, s.n)
	}
	if w.t.Failed() {
		w.t.Logf("to run it again: %v", s)
	}
}

// storm is the time of faults.
func (w *world) storm(span time.Duration, p *producers, o *operators, items []item, files []string, r *rand.Rand) {
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	producing, operating, injecting, upsetting := split(r), split(r), split(r), split(r)
	var group sync.WaitGroup
	group.Go(func() { p.work(ctx, files, span*4/5, producing) })
	group.Go(func() { o.work(ctx, items, operating) })
	group.Go(func() { w.inject(ctx, injecting) })
	group.Go(func() { w.upset(ctx, upsetting) })
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
	rdb := w.place.client()
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
	out, _ := w.command(ctx, w.place.url, "list", "--json", "--limit", "0")
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
