package stage

import (
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// action is one thing that may happen.
type action struct {
	name  string
	often int
	do    func()
}

func (w *world) actions() []action {
	all := w.allActions()
	for i, a := range all {
		if often, given := w.often[a.name]; given {
			all[i].often = often
		}
	}
	return all
}

func (w *world) allActions() []action {
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
		{"lose everything", 1, w.lose},
		{"restart", 1, w.restart},
		{"vouch", 1, w.vouch},
		{"enqueue again", 3, w.enqueueAgain},
		{"the retention ends", 1, w.expire},
		{"the API's own site", 1, w.elsewhere},
		{"the price changes", 2, w.reprice},
		{"a long time", 1, w.long},
		{"purge", 1, w.purge},
		{"others spend", 0, w.othersSpend},
		{"a delivery report", 0, w.report},
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

// long is a day or two: on hold, or in trouble. Workers look at the account
// meanwhile, or none does.
func (w *world) long() {
	if r, _ := w.record(); w.wiped && r.AcceptedRunID == "" {
		return // an empty ledger whose campaigns get no ticket for a day is beyond what can be known
	}
	if w.dice.roll("on hold", 2) == 0 && w.redis.heldSince.IsZero() {
		w.redis.hold(w.c.Account)
		defer w.redis.clear(w.c.Account)
	}
	days := 1 + w.dice.roll("days", 2)
	w.clock.advance(time.Duration(days) * 25 * time.Hour)
	w.redis.past = nil // a tail that old is on disk
	served := w.dice.roll("served meanwhile", 3) < 2
	if served {
		w.redis.read(w.c.Account, w.c.ID)
	}
	w.log("%d times 25 hours pass, on hold %v, served %v", days, !w.redis.heldSince.IsZero(), served)
}

// sweep puts back what got stuck, the tasks of frozen workers among it. The
// sweeper may crash and freeze as every other process, and have company then.
func (w *world) sweep() {
	if len(w.workers) > busy {
		return
	}
	k := w.begin("sweeper", task{}, w.sweeping)
	w.log("%s begins", k.name)
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
			w.log("asynq puts %s back", key)
		}
	}
}

func (w *world) crashOne() {
	if k := w.some(false); k != nil {
		w.drop(k)
		k.crash()
		k.stop()
		w.log("%s crashes at %q", k.name, k.at)
	}
}

// freeze stops a worker in its tracks; it comes back, much later perhaps.
func (w *world) freeze() {
	if k := w.some(false); k != nil {
		k.frozen = true
		w.log("%s freezes at %q", k.name, k.at)
	}
}

func (w *world) thaw() {
	if k := w.some(true); k != nil {
		k.frozen = false
		w.log("%s comes back at %q", k.name, k.at)
	}
}

func (w *world) stopOne() {
	if k := w.some(false); k != nil {
		k.stop()
		w.log("%s is asked to stop at %q", k.name, k.at)
	}
}

// operator approves, cancels, or forces what is dead.
func (w *world) operator() {
	name := []string{"approve", "approve", "cancel", "reject"}[w.dice.roll("command", 4)]
	if (name == "cancel" || name == "reject") && !w.cancels {
		return
	}
	force := false
	if r, ok, m := w.redis.read(w.c.Account, w.c.ID); ok && r.State == campaign.StateDead {
		name, force = "replay", lifecycle.NeedsForce(r, m)
		w.forceful = w.forceful || force
	}
	wakes := !w.chance("the command crashes before it queues the wake-up", 4)
	err := w.redis.command(w.c, func(r record.Record) (record.Record, []campaign.Entry, error) {
		switch name {
		case "approve":
			return w.approve(r)
		case "cancel":
			return r.RequestCancel("ann", "")
		case "reject":
			return r.Reject("ann", "not this one", w.clock.Now())
		default:
			return r.RequestReplay("ann", "", force)
		}
	}, wakes)
	w.approved = w.approved || name == "approve" && err == nil
	w.log("operator: %s, wakes %v: %v", name, wakes, err)
}

// hold is an operator's, or comes of a refusal: nothing is called until it is
// lifted.
func (w *world) hold() {
	if w.holding && w.redis.heldSince.IsZero() {
		w.redis.hold(w.c.Account)
		w.log("the account is put on hold")
	}
}

func (w *world) clear() {
	if !w.redis.heldSince.IsZero() {
		w.redis.clear(w.c.Account)
		w.log("the hold is cleared")
	}
}

// editLetter changes the campaign: in the ledger, as operators do, or in the letter
// alone, as an older octoq did, without a check of what is put there.
func (w *world) editLetter() {
	l, there := w.redis.letter()
	if !there {
		return
	}
	if w.dice.roll("in the ledger", 2) == 1 {
		err := w.redis.command(w.c, func(r record.Record) (record.Record, []campaign.Entry, error) {
			c := r.Campaign
			c.Text = "Autumn is here. STOP au 30101"
			return r.Edit(c, "ann")
		}, false)
		w.log("operator edits the record: %v", err)
		return
	}
	edited := *l.letter
	switch w.dice.roll("edited", 3) {
	case 0:
		edited.Text = "Summer is near. STOP au 30101"
	case 1:
		edited.Text = ""
	case 2:
		edited.ID = "autumn"
	}
	l.letter = &edited
	w.redis.writing()
	w.redis.tasks[l.key] = l
	w.log("operator edits letter %s: id %s, text %q", l.key, edited.ID, edited.Text)
}

// runLetter has someone replay a dead letter, edited or not.
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
	w.log("operator runs letter %s", l.key)
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
	w.log("REDIS FORGETS %d writes: record %v %s, tasks %v", n, ok, recordtest.State(r), slices.Sorted(maps.Keys(w.redis.tasks)))
}

// lose is a Redis that comes back empty while the API still knows the campaign. A
// worker looks at once; an empty ledger that no worker looks at for a day is beyond
// what can be known, and so is a campaign that is a day old by then.
func (w *world) lose() {
	if w.losses == w.forgets || w.clock.Now().Sub(w.enqueued) > 12*time.Hour || w.dice.roll("really", 3) != 2 {
		return
	}
	w.redis.lose()
	w.losses, w.wiped = w.losses+1, true
	w.redis.read(w.c.Account, w.c.ID)
	w.log("REDIS LOSES EVERYTHING")
}

// restart is a Redis that has lost nothing.
func (w *world) restart() {
	w.redis.forget(0)
	w.restarts, w.doubted = w.restarts+1, true
	w.log("Redis is restarted")
}

// vouch is an operator's true word.
func (w *world) vouch() {
	if w.losses > 0 {
		return
	}
	w.redis.vouch(w.c.Account)
	w.log("operator vouches")
	switch r, ok := w.record(); {
	case !ok:
	case r.WaitsForVouch():
		w.redis.add(task{key: keyOf(r.Next()), step: r.Next()})
	case r.State == campaign.StateDead:
		_ = w.redis.command(w.c, func(r record.Record) (record.Record, []campaign.Entry, error) { return r.Vouched("ann") }, false)
	}
}

// enqueueAgain is a producer that finds the campaign gone. One that comes
// more than 23 hours after the create that was forgotten, or after an operator has
// purged it, is beyond what can be known.
func (w *world) enqueueAgain() {
	if _, there := w.record(); there || w.purged > 0 || w.expired || w.redis.tasks[firstKey].first != nil {
		return
	}
	for _, at := range w.api.seen {
		if w.clock.Now().Sub(at) > 23*time.Hour {
			return
		}
	}
	w.redis.enqueue(w.c, false)
	w.log("the producer enqueues it again")
}

// expire lets the retention pass, on hold: nothing else happens meanwhile.
func (w *world) expire() {
	r, ok := w.record()
	if !ok || r.State != campaign.StateCancelled || w.dice.roll("really", 2) == 0 {
		return
	}
	w.redis.hold(w.c.Account)
	w.clock.advance(retention + time.Hour)
	w.redis.clear(w.c.Account)
	// A worker that froze with the first create in hand for that long begins the campaign anew,
	// beyond what can be known; what was approved of the one before counts no more.
	w.redis.past, w.expired, w.consent = nil, true, nil
	w.redis.read(w.c.Account, w.c.ID)
	_, there := w.record()
	w.log("the retention passes: the record is there %v", there)
}

// elsewhere is a person on Octopush's own site, who cancels; or a list that
// cannot be computed.
func (w *world) elsewhere() {
	for i, s := range w.api.tickets {
		if s == ticketReady || s == ticketComputing {
			w.api.tickets[i] = []ticketState{ticketCancelled, ticketFailed}[w.dice.roll("what", 2)]
			w.log("at the API T%d is cancelled or failed", i+1)
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
	w.log("purged: %s, marked %v", verdict, r.MaybeConfirmed)
}
