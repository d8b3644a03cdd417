package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// verdict compares what the API saw, the ledger says, the queues hold and
// producers got as answers.
type verdict struct {
	accepted, forgotten, ticks int
	states                     map[campaign.State]int
	dead                       map[campaign.FailureClass]int
	orphans, orphansLeft       int
	twice, lost, open, false   []string // ids
	early                      []string // calls
	lossy                      bool     // Redis may have forgotten something
	needless                   []string // ids that ask for --force for nothing
	durable                    int
	broken                     []string // ids that Redis had confirmed to survive, and lost
}

// judge is called when all is over and no process runs any more but Redis.
func (w *world) judge(p *producers, items []item, records []campaign.Record) verdict {
	ticks, records := ticked(records)
	v := verdict{
		early:    w.early(items),
		lossy:    w.losses.any,
		accepted: p.accepted(), forgotten: len(p.forgotten),
		states: map[campaign.State]int{}, dead: map[campaign.FailureClass]int{},
	}
	stats := w.sim.Stats(time.Second)
	sends := maps.Clone(stats.SendsByList)
	maps.Copy(sends, stats.SendsByTag)
	delete(sends, pulse)
	v.pulse(w, ticks)
	for id, n := range sends {
		if n > 1 {
			v.twice = append(v.twice, id)
		}
	}
	there := map[string]bool{}
	for _, r := range records {
		there[r.ID()] = true
		v.add(r, sends[r.ID()])
	}
	for id := range p.acknowledged {
		if !there[id] {
			v.lost = append(v.lost, id)
		}
	}
	v.needless = w.needless(records)
	v.durable, v.broken = len(p.durable), slices.Collect(maps.Keys(p.broken))
	for id := range sends {
		if !there[id] {
			v.false = append(v.false, id+" was sent and is not in the ledger")
		}
	}
	return v
}

// add takes one campaign, and how often the API sent it.
func (v *verdict) add(r campaign.Record, sends int) {
	v.states[r.State]++
	v.orphans += len(r.Orphans)
	for _, o := range r.Orphans {
		if !o.Cancelled {
			v.orphansLeft++
		}
	}
	if r.State == campaign.StateDead && r.Failure != nil {
		v.dead[r.Failure.Class]++
	}
	switch {
	case !r.State.Final():
		v.open = append(v.open, r.ID()+" is "+string(r.State))
	case r.State == campaign.StateSent && sends == 0:
		v.false = append(v.false, r.ID()+" is sent in the ledger, and the API sent nothing")
	case r.State != campaign.StateSent && sends > 0 && !r.MaybeConfirmed && !(v.lossy && forgotten(r)):
		v.false = append(v.false, r.ID()+" is "+string(r.State)+" without maybe_confirmed, and the API sent it")
	}
}

// line is the one line that a run ends with.
func (v verdict) line(w *world, operators map[string]int) string {
	dead := make(map[string]int, len(v.dead))
	for class, n := range v.dead {
		dead[string(class)] = n
	}
	return fmt.Sprintf("on %s: %d accepted and %d ticks, %d sent, %d dead (%s), %d cancelled, %d simulated; "+
		"confirmed twice %d, lost %d, still open %d, ledger against API %d, before their time %d, marked for nothing %d; %d orphans (%d not cancelled), %d forgotten by Redis and enqueued again; "+
		"%d confirmed as durable, %d of them lost; a worker's next step after each of %d fail-overs within %v; operators: %s; faults: %s; seed %d",
		w.place.kind, v.accepted, v.ticks, v.states[campaign.StateSent], v.states[campaign.StateDead], listed(dead), v.states[campaign.StateCancelled],
		v.states[campaign.StateSimulated], len(v.twice), len(v.lost), len(v.open), len(v.false), len(v.early), len(v.needless), v.orphans, v.orphansLeft,
		v.forgotten, v.durable, len(v.broken), len(w.slow), slowest(w.slow), listed(operators), listed(w.faults), w.seed)
}

func slowest(all []time.Duration) time.Duration {
	var most time.Duration
	for _, d := range all {
		most = max(most, d)
	}
	return most.Round(time.Millisecond)
}

func listed(counts map[string]int) string {
	parts := []string{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}

// faulty reports what of it must not be.
func (v verdict) faulty() []string {
	var faults []string
	for _, f := range []struct {
		what string
		ids  []string
	}{
		{"confirmed twice", v.twice}, {"lost", v.lost}, {"still open", v.open}, {"ledger against API", v.false}, {"before their time", v.early},
		{"marked for nothing", v.needless}, {"confirmed as durable and lost", v.broken},
	} {
		if len(f.ids) > 0 {
			slices.Sort(f.ids)
			faults = append(faults, fmt.Sprintf("%s: %s", f.what, strings.Join(f.ids, ", ")))
		}
	}
	return faults
}

// keep writes down what is needed to understand a run: the API's log and the records.
func (w *world) keep(records []campaign.Record) {
	api := w.create("api.jsonl")
	defer func() { _ = api.Close() }()
	for _, c := range w.sim.Log() {
		_ = json.NewEncoder(api).Encode(c)
	}
	ledger := w.create("records.jsonl")
	defer func() { _ = ledger.Close() }()
	for _, r := range records {
		_ = json.NewEncoder(ledger).Encode(r)
	}
}

// leftovers is what the queues hold beyond a letter for each dead campaign.
func (w *world) leftovers(c redis.UniversalClient, dead map[string]bool) map[string]int {
	left := map[string]int{}
	for _, queue := range []string{"create", "status", "confirm", "cancel", "dead"} {
		for _, list := range []string{"pending", "active", "scheduled", "retry", "archived"} {
			n := w.count(c, queue, list)
			if queue == "dead" && list == "scheduled" {
				n -= len(dead) + len(w.stale(c, dead))
			}
			if n != 0 {
				left[queue+" "+list] = n
			}
		}
	}
	return left
}

// stale are letters of a life that Redis has forgotten: a worker put them there that
// had written the death before Redis fell back. Nothing comes of them, and nothing
// takes them away.
func (w *world) stale(c redis.UniversalClient, dead map[string]bool) []string {
	if !w.losses.any {
		return nil
	}
	letters, err := c.ZRange(context.Background(), fmt.Sprintf("asynq:{%s.dead}:scheduled", campaign.DefaultAccount), 0, -1).Result()
	if err != nil {
		w.t.Errorf("list the letters: %v", err)
	}
	var stale []string
	seen := map[string]bool{}
	for _, letter := range letters {
		id, _, _ := strings.Cut(letter, "~")
		if !dead[id] || seen[id] {
			stale = append(stale, letter)
		}
		seen[id] = true
	}
	return stale
}

func (w *world) count(c redis.UniversalClient, queue, list string) int {
	name := fmt.Sprintf("asynq:{%s.%s}:%s", campaign.DefaultAccount, queue, list)
	ctx := context.Background()
	n, err := c.ZCard(ctx, name).Result()
	if err != nil {
		n, err = c.LLen(ctx, name).Result()
	}
	if err != nil {
		w.t.Errorf("count %s: %v", name, err)
	}
	return int(n)
}

// calls are those that the API's log has of one campaign, for failure messages.
func (w *world) calls(id string) string {
	var b strings.Builder
	for _, c := range w.sim.Log() {
		if c.ListName == id || c.TagName == id {
			_, _ = fmt.Fprintf(&b, "  %s %s\n", c.Time.Format("15:04:05.000"), callText(c))
		}
	}
	return b.String()
}

func callText(c simulator.Call) string {
	return fmt.Sprintf("%s %s request_id %s: carried out %v, answered %d code %d %s", c.Call, c.Ticket, c.RequestID, c.CarriedOut, c.HTTPStatus, c.Code, c.Fault)
}
