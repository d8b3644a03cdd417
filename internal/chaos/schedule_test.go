package chaos

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// A schedule has a tick every other second of the faults. Its campaigns go to a
// list of that name, and their ids begin with it.
const (
	pulse      = "pulse"
	pulseEvery = 2 * time.Second
	tickLayout = "20060102T150405Z"
)

// startPulse adds the schedule, before the first fault and after Redis has lost it.
func (w *world) startPulse() {
	w.t.Helper()
	w.until(time.Minute, "the schedule is added", func() (bool, string) {
		out, code := w.command(context.Background(), w.place.url, "schedule", "add", pulse,
			"--cron", "*/2 * * * * *", "--zone", "UTC", "--missed", "skip", "--id", pulse+"-{{tick}}",
			"--list-name", pulse, "--text", "{{date}} {{time}}, STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale")
		return code == exitDone || code == exitKnown, out
	})
}

// stopPulse removes the schedule.
func (w *world) stopPulse() {
	w.until(time.Minute, "the schedule is removed", func() (bool, string) {
		out, code := w.command(context.Background(), w.place.url, "schedule", "rm", pulse)
		return code == exitDone || code == exitNotFound, out
	})
}

// ticked parts the campaigns of the schedule from those of producers.
func ticked(records []campaign.Record) (ticks, others []campaign.Record) {
	for _, r := range records {
		if strings.HasPrefix(r.ID(), pulse+"-") {
			ticks = append(ticks, r)
		} else {
			others = append(others, r)
		}
	}
	return ticks, others
}

// pulse judges the campaigns of the schedule: each tick between the first and
// the last has one, unless a worker said that it was missed, and the API sent
// each of them as often as the ledger says.
func (v *verdict) pulse(w *world, ticks []campaign.Record) {
	sends := w.pulses()
	v.ticks = len(ticks)
	there := map[string]bool{}
	var first, last time.Time
	for _, r := range ticks {
		there[r.ID()] = true
		at, err := time.Parse(tickLayout, strings.TrimPrefix(r.ID(), pulse+"-"))
		if err != nil {
			v.false = append(v.false, r.ID()+" is no tick")
			continue
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
		v.add(r, sends[r.ID()])
	}
	for id, n := range sends {
		if n > 1 {
			v.twice = append(v.twice, id)
		}
	}
	if first.Before(w.losses.since) { // what was enqueued until then is gone, and no producer enqueues it again
		first = w.losses.since.Add(pulseEvery).Truncate(pulseEvery)
	}
	for at := first; at.Before(last); at = at.Add(pulseEvery) {
		if id := pulse + "-" + at.Format(tickLayout); !there[id] && !w.missed(at) {
			v.lost = append(v.lost, id)
		}
	}
}

// pulses counts how often each tick was sent, by its id, which its request_ids contain.
func (w *world) pulses() map[string]int {
	const runs, tries = 3, 6
	ids := map[string]string{} // by request_id
	for at := w.began.Truncate(pulseEvery); at.Before(time.Now()); at = at.Add(pulseEvery) {
		c := campaign.Campaign{ID: pulse + "-" + at.UTC().Format(tickLayout), Account: campaign.DefaultAccount}
		for run := 1; run <= runs; run++ {
			for try := 1; try <= tries; try++ {
				r := record.New(c, at, "")
				r.Run, r.Try = run, try
				ids[r.RequestID()] = c.ID
			}
		}
	}
	of, sends := map[string]string{}, map[string]int{}
	for _, c := range w.sim.Log() {
		switch {
		case c.Call == simulator.CallCreate && c.Ticket != "" && c.ListName == pulse:
			of[c.Ticket] = ids[c.RequestID]
		case c.Call == simulator.CallSend && c.CarriedOut && c.ListName == pulse:
			sends[of[c.Ticket]]++
		}
	}
	return sends
}

// missed reports whether a worker said that it leaves a tick out.
func (w *world) missed(tick time.Time) bool {
	for _, line := range w.logged("ticks were missed") {
		var m struct {
			First time.Time `json:"first_tick"`
			Last  time.Time `json:"last_tick"`
		}
		if json.Unmarshal([]byte(line), &m) == nil && !tick.Before(m.First) && !tick.After(m.Last) {
			return true
		}
	}
	return false
}

// logged are the lines of all workers' logs that have a text.
func (w *world) logged(wanted string) []string {
	names, err := filepath.Glob(filepath.Join(w.dir, "worker*.log"))
	if err != nil {
		w.t.Error(err)
	}
	var found []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			w.t.Error(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, wanted) {
				found = append(found, line)
			}
		}
	}
	return found
}
