package chaos

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
)

// operators are people who cancel, approve, mend and replay.
type operators struct {
	w         *world
	producers *producers
	items     map[string]item

	mu   sync.Mutex
	done map[string]int // commands that did what was asked, by name
}

func newOperators(w *world, p *producers, items []item) *operators {
	o := &operators{w: w, producers: p, items: map[string]item{}, done: map[string]int{}}
	for _, c := range items {
		o.items[c.id] = c
	}
	return o
}

// work does what operators do until ctx ends.
func (o *operators) work(ctx context.Context, items []item, r *rand.Rand) {
	for ctx.Err() == nil {
		switch r.IntN(3) {
		case 0:
			if c, ok := o.producers.some(items, r, withdrawn); ok {
				o.do("cancel", "cancel", c.id)
			}
		case 1:
			o.decide(r)
		case 2:
			o.mend()
		}
		pass(ctx, between(r, 100*time.Millisecond, time.Second))
	}
}

// do runs a command as a person does: for a while, and not again by itself.
func (o *operators) do(name string, args ...string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, code := o.w.command(ctx, o.w.shopURL, args...)
	if code != exitDone {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done[name]++
	return true
}

// decide approves most campaigns that wait for it, and cancels the others.
func (o *operators) decide(r *rand.Rand) {
	var group sync.WaitGroup
	defer group.Wait()
	desks := make(chan struct{}, 4) // people at work at once
	for _, rec := range o.list(campaign.StateAwaitingApproval) {
		command, args := "approve", []string{"--cost", decimal(rec.Cost), "--contacts", strconv.Itoa(rec.Contacts)}
		if r.IntN(5) == 0 {
			command, args = "cancel", nil
		}
		desks <- struct{}{}
		group.Go(func() {
			o.do(command, append([]string{command, rec.ID()}, args...)...)
			<-desks
		})
	}
}

// decimal is an amount as a flag takes it.
func decimal(m campaign.Money) string { return strings.TrimSuffix(m.String(), " €") }

// mend gives campaigns that were refused for their text the mention of STOP
// and replays them.
func (o *operators) mend() {
	for _, rec := range o.list(campaign.StateDead) {
		c := o.items[rec.ID()]
		if c.sort != noStop || rec.MaybeConfirmed || rec.Run > 1 {
			continue
		}
		if o.do("edit", "dead", "edit", c.id, "--set", "text=Hello, STOP au 30101") {
			o.do("replay", "dead", "replay", c.id)
		}
	}
}

// list is what `octoq list` says of a state; empty when Redis is out of reach.
func (o *operators) list(state campaign.State) []campaign.Record {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, _ := o.w.command(ctx, o.w.shopURL, "list", "--json", "--limit", "0", "--state", string(state))
	return decode(out)
}

// decode reads `octoq list --json`.
func decode(out string) []campaign.Record {
	var all []campaign.Record
	for line := range strings.Lines(out) {
		var rec campaign.Record
		if json.Unmarshal([]byte(line), &rec) == nil {
			all = append(all, rec)
		}
	}
	return all
}
