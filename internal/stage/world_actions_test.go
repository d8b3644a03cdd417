package stage

import (
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// action is one thing that may happen.
type action struct {
	name  string
	often int
	do    func()
}

func (w *world) actions() []action {
	return []action{
		{"go on", 40, w.goOn},
		{"take a task", 14, w.take},
		{"finish", 8, w.finishOne},
		{"time passes", 6, w.pass},
		{"sweep", 4, w.sweep},
		{"recover", 3, w.recover},
		{"crash", 3, w.crashOne},
		{"freeze", 3, w.freeze},
		{"thaw", 2, w.thaw},
		{"stop", 1, w.stopOne},
		{"operator", 5, w.operator},
		{"hold", 1, w.hold},
		{"clear", 2, w.clear},
		{"edit", 1, w.editLetter},
		{"replay", 4, w.runLetter},
		{"forget", 2, w.forget},
		{"the API's own site", 1, w.elsewhere},
		{"a long time", 1, w.long},
		{"purge", 1, w.purge},
	}
}

func (w *world) goOn() {
	if k := w.some(false); k != nil {
		w.advance(k)
		return
	}
	w.take()
}

func (w *world) take() {
	due := w.redis.due()
	switch {
	case len(w.workers) >= busy:
	case len(due) > 0:
		w.start(due[w.dice.roll("which task", len(due))])
	case w.some(false) == nil:
		if at, ok := w.redis.soonest(); ok {
			w.clock.now = at
		}
	}
}

func (w *world) finishOne() {
	k := w.some(false)
	for n := 0; k != nil && slices.Contains(w.workers, k) && n < 200; n++ {
		w.advance(k)
	}
}

func (w *world) pass() {
	const brink = time.Second / 2
	if w.edge > 0 && w.dice.roll("to an edge", 2) == 1 {
		w.clock.now = w.clock.Now().Add(brink).Truncate(w.edge).Add(w.edge - brink)
		return
	}
	w.clock.advance([]time.Duration{time.Second, 10 * time.Second, 61 * time.Second, 10 * time.Minute}[w.dice.roll("how long", 4)])
}

// long is a day and more: on hold, or in trouble.
func (w *world) long() {
	if w.redis.runs > 1 && w.reenqueued() {
		return // a producer who comes back after the API's memory has ended is beyond what can be known
	}
	if w.dice.roll("on hold", 2) == 0 && w.redis.heldSince.IsZero() {
		w.redis.hold(w.c.Account)
		defer w.redis.clear(w.c.Account)
	}
	w.clock.advance(25 * time.Hour)
	w.redis.past = nil // a tail that old is on disk
	w.tell("25 hours pass, on hold %v", !w.redis.heldSince.IsZero())
}

// reenqueued reports whether the campaign came back after a loss of all of it.
func (w *world) reenqueued() bool {
	r, ok := w.record()
	return ok && r.Origin != redisA
}

// sweep puts back what got stuck, the tasks of frozen workers among it. The
// sweeper may crash and freeze as every other process, and have company then.
func (w *world) sweep() {
	if len(w.workers) > busy {
		return
	}
	k := w.begin("sweeper", task{}, w.sweeping)
	w.tell("%s begins", k.name)
	if w.dice.roll("the sweeper is slow", 3) == 2 {
		return
	}
	for slices.Contains(w.workers, k) {
		w.advance(k)
	}
}

// recover is asynq's: an active task without a lease is put back.
func (w *world) recover() {
	for _, key := range slices.Sorted(maps.Keys(w.redis.tasks)) {
		if t := w.redis.tasks[key]; t.active && !w.held(key) {
			t.active, t.at = false, time.Time{}
			w.redis.tasks[key] = t
			w.tell("asynq puts %s back", key)
		}
	}
}

func (w *world) crashOne() {
	if k := w.some(false); k != nil {
		w.drop(k)
		k.crash()
		k.stop()
		w.tell("%s crashes at %q", k.name, k.at)
	}
}

// freeze stops a worker in its tracks; it comes back, much later perhaps.
func (w *world) freeze() {
	if k := w.some(false); k != nil {
		k.frozen = true
		w.tell("%s freezes at %q", k.name, k.at)
	}
}

func (w *world) thaw() {
	if k := w.some(true); k != nil {
		k.frozen = false
		w.tell("%s comes back at %q", k.name, k.at)
	}
}

func (w *world) stopOne() {
	if k := w.some(false); k != nil {
		k.stop()
		w.tell("%s is asked to stop at %q", k.name, k.at)
	}
}

// operator approves, cancels, or forces what is dead.
func (w *world) operator() {
	name := []string{"approve", "approve", "cancel"}[w.dice.roll("command", 3)]
	if name == "cancel" && !w.cancels {
		return
	}
	if r, ok := w.record(); ok && r.State == campaign.StateDead {
		name = "force"
	}
	wakes := !w.chance("the command crashes before it queues the wake-up", 4)
	err := w.redis.command(w.c, func(r campaign.Record) (campaign.Record, []campaign.Entry, error) {
		switch name {
		case "approve":
			return r.Approve("ann")
		case "cancel":
			return r.RequestCancel("ann")
		default:
			return r.Force("ann")
		}
	}, wakes)
	w.approved = w.approved || name == "approve" && err == nil
	w.tell("operator: %s, wakes %v: %v", name, wakes, err)
}

// hold is an operator's, or comes of a refusal: nothing is called until it is
// lifted.
func (w *world) hold() {
	if w.holding && w.redis.heldSince.IsZero() {
		w.redis.hold(w.c.Account)
		w.tell("the account is put on hold")
	}
}

func (w *world) clear() {
	if !w.redis.heldSince.IsZero() {
		w.redis.clear(w.c.Account)
		w.tell("the hold is cleared")
	}
}

// editLetter changes the campaign in a letter, which stays where it is; the
// page of asynq lets nobody check what is put there.
func (w *world) editLetter() {
	l, there := w.redis.letter()
	if !there {
		return
	}
	edited := *l.letter
	switch w.dice.roll("edited", 3) {
	case 0:
		edited.Text = "Summer is near. STOP at 30101"
	case 1:
		edited.Text = ""
	case 2:
		edited.ID = "autumn"
	}
	l.letter = &edited
	w.redis.writing()
	w.redis.tasks[l.key] = l
	w.tell("operator edits letter %s: id %s, text %q", l.key, edited.ID, edited.Text)
}

// runLetter has someone replay a dead letter, edited or not. A lost tail that
// contains a replay is beyond the guarantee, so it is on disk.
func (w *world) runLetter() {
	if w.dice.roll("edited", 3) == 2 {
		w.editLetter()
	}
	l, there := w.redis.letter()
	if !there {
		return
	}
	l.at = time.Time{}
	w.redis.tasks[l.key] = l
	w.tell("operator runs letter %s", l.key)
}

// forget is a Redis that restarts and has lost its tail.
func (w *world) forget() {
	if w.losses == w.forgets {
		return
	}
	n := w.redis.depth
	if w.dice.roll("not all of its tail", 2) == 0 {
		n = w.dice.roll("how many writes", w.redis.depth+1)
	}
	w.redis.forget(n)
	w.losses++
	r, ok := w.record()
	w.tell("REDIS FORGETS %d writes: record %v %s, tasks %v", n, ok, state(r), slices.Sorted(maps.Keys(w.redis.tasks)))
}

// elsewhere is a person on Octopush's own site, who cancels; or a list that
// cannot be computed.
func (w *world) elsewhere() {
	for i, s := range w.api.tickets {
		if s == ticketReady || s == ticketComputing {
			w.api.tickets[i] = []ticketState{ticketCancelled, ticketFailed}[w.dice.roll("what", 2)]
			w.tell("at the API T%d is cancelled or failed", i+1)
			return
		}
	}
}

// purge is an operator's, of a dead campaign. It leaves a tombstone, for a day
// or for good.
func (w *world) purge() {
	r, ok := w.record()
	if !ok || r.State != campaign.StateDead {
		return
	}
	w.purged++
	verdict := w.redis.purge(r)
	delete(w.redis.tasks, keyOf(r.Next()))
	w.redis.past = nil
	w.tell("purged: %s, marked %v", verdict, r.MaybeConfirmed)
}
