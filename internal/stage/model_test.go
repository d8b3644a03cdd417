package stage

import (
	"flag"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// steps is how many things happen in one play of the model, before its faults
// are taken away.
const steps = 120

// rapidDice lets rapid choose, so that it can shrink what it found.
type rapidDice struct{ t *rapid.T }

func (d rapidDice) roll(what string, n int) int { return rapid.IntRange(0, n-1).Draw(d.t, what) }

// plainDice is a seeded generator: quick, and each seed is one play.
type plainDice struct{ *rand.Rand }

func (d plainDice) roll(_ string, n int) int { return d.IntN(n) }

func seeded(seed uint64) dice { return plainDice{rand.New(rand.NewPCG(seed, 2026))} }

// plays is how many seeds are played, unless OCTOQ_MODEL_PLAYS says otherwise.
func plays(t *testing.T, usual uint64) uint64 {
	t.Helper()
	s := os.Getenv("OCTOQ_MODEL_PLAYS")
	if s == "" {
		return usual
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("OCTOQ_MODEL_PLAYS: %v", err)
	}
	return n
}

// TestModel plays one campaign's life under every fault that the design knows,
// from fixed seeds.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range plays(t, 200) {
		w := newWorld(seeded(seed), "")
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
	}
}

// TestModelOnRealLedger is the same with the scripts of internal/ledger on a
// redis-server in the place of the fake ledger, which plays no part.
func TestModelOnRealLedger(t *testing.T) {
	t.Parallel()
	playReal(t, false)
}

// TestFakeLedgerIsFaithful plays on both ledgers at once: they have to give the
// same verdict, moment and record each time. It shows that the plays which are
// made on the fake one alone, many more, say something about the real one.
func TestFakeLedgerIsFaithful(t *testing.T) {
	t.Parallel()
	playReal(t, true)
}

func playReal(t *testing.T, compare bool, edits ...func(*world)) {
	t.Helper()
	rdb := openReal(t)
	for seed := range plays(t, 30) {
		w := newWorld(seeded(seed), "", append([]func(*world){onReal(t, rdb, compare)}, edits...)...)
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
	}
}

// TestModelOfRoom plays an account that takes one unconfirmed campaign at a time: a
// ticket that waits is deleted, and the campaign is created again.
func TestModelOfRoom(t *testing.T) {
	t.Parallel()
	removed := 0
	for seed := range plays(t, 400) {
		w := newWorld(seeded(seed), "", makesOthersWait)
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
		r, _ := w.record()
		removed += r.Removals
	}
	if removed == 0 {
		t.Error("no play removed a ticket that waited")
	}
}

// TestModelOfRoomOnRealLedger is the same on both ledgers at once.
func TestModelOfRoomOnRealLedger(t *testing.T) {
	t.Parallel()
	playReal(t, true, makesOthersWait)
}

func makesOthersWait(w *world) {
	w.blocked = 2
	w.often = map[string]int{"operator": 15, "forget": 4, "elsewhere": 2}
}

// TestModelOfReports plays with delivery reports: they end the doubt about a confirm, and
// stop what would be sent a second time.
func TestModelOfReports(t *testing.T) {
	t.Parallel()
	stops, proofs := 0, 0
	for seed := range plays(t, 1500) {
		w := newWorld(seeded(seed), "", reportsArrive)
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
		stops, proofs = stops+w.stops, proofs+w.proofs
	}
	if stops == 0 || proofs == 0 {
		t.Errorf("reports have stopped %d runs and proved %d confirms, want some of each", stops, proofs)
	}
	t.Logf("reports have stopped %d runs and proved %d confirms", stops, proofs)
}

// TestModelOfReportsOnRealLedger is the same on both ledgers at once.
func TestModelOfReportsOnRealLedger(t *testing.T) {
	t.Parallel()
	playReal(t, true, reportsArrive)
}

// TestModelShrinks is the same with rapid's choices, which it shrinks when it
// finds something. RAPID_CHECKS and RAPID_SEED steer it; without a seed a run
// is like the one before.
func TestModelShrinks(t *testing.T) {
	t.Parallel()
	if seed := flag.Lookup("rapid.seed"); seed.Value.String() == "0" {
		if err := seed.Value.Set("2026"); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rapidDice{rt}, "")
		if v := w.play(steps / 2); v != "" {
			rt.Fatalf("%s\n%s", v, w.fullStory())
		}
	})
}

// TestModelFindsPlantedFaults shows that the model would notice: each fault is
// one that the rules of the design are there to prevent.
func TestModelFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{
		"settle without a look at the claim",
		"mark wiped by a replay",
		"unanswered create forgotten at take-over",
		"unanswered confirm forgotten at take-over",
		"maybe_confirmed is not sticky",
		"own ticket among the orphans",
		"a ticket of another campaign is taken",
		"random request_id",
		"no sweep",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(2000) {
				w := newWorld(seeded(seed), fault)
				if v := w.play(steps); v != "" {
					t.Logf("found with seed %d: %s", seed, v)
					return
				}
			}
			t.Error("2000 plays did not find it")
		})
	}
}
