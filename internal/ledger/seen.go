package ledger

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/octoq/octoq/internal/record"
)

// seen is what this process was given of an account's ledger: of the run of Redis that
// answered last, its epoch and the most of its counters. They never fall, so a ledger
// that has less was put back to an older state behind Redis's own back, as when a
// snapshot of the machine is restored: then neither run_id nor replication id says so.
// left are the runs that answered before. One that answers again, without a restart, has
// missed what was written under the others.
type seen struct {
	run                string // Redis's own, without the epoch
	epoch              int
	creates, successes int64
	left               map[string]int // their epochs, by run
}

// mostLeft bounds the runs that are remembered; a process sees few.
const mostLeft = 32

// args are those of moment() in Lua.
func (s seen) args() []any {
	var left strings.Builder
	for _, run := range slices.Sorted(maps.Keys(s.left)) {
		left.WriteString(run + " " + strconv.Itoa(s.left[run]) + " ")
	}
	return []any{
		s.run, strconv.Itoa(s.epoch), strconv.FormatInt(s.creates, 10), strconv.FormatInt(s.successes, 10), left.String(),
	}
}

// seenIn reads it from a moment.
func seenIn(m record.Snapshot) seen {
	run, epoch, _ := strings.Cut(m.RunID, ".")
	n, _ := strconv.Atoi(epoch) // none is 0
	return seen{run: run, epoch: n, creates: m.Creates, successes: m.Successes}
}

// with adds what another moment says. Answers may come out of their order, so within a
// run and epoch the most counts, and an epoch of a run that was left before is news only
// if it is a later one.
func (s seen) with(o seen) seen {
	epoch, before := s.left[o.run]
	switch {
	case s.run == "":
		return o
	case s.run != o.run && before && o.epoch <= epoch:
		return s
	case s.run != o.run:
		o.left = maps.Clone(s.left)
		if o.left == nil || len(o.left) >= mostLeft {
			o.left = map[string]int{}
		}
		delete(o.left, o.run)
		o.left[s.run] = s.epoch
		return o
	case o.epoch < s.epoch:
		return s
	case o.epoch > s.epoch:
		s.creates, s.successes = 0, 0
	}
	s.epoch, s.creates, s.successes = o.epoch, max(s.creates, o.creates), max(s.successes, o.successes)
	return s
}

func (s seen) equal(o seen) bool {
	return s.run == o.run && s.epoch == o.epoch && s.creates == o.creates && s.successes == o.successes && maps.Equal(s.left, o.left)
}

func (s *Store) seenOf(account string) seen {
	known, ok := s.seen.Load(account)
	if !ok {
		return seen{}
	}
	return *known.(*seen)
}

// noteSeen remembers a moment. One that is of the time and run alone says nothing
// of the counters.
func (s *Store) noteSeen(account string, m record.Snapshot) {
	fresh := seenIn(m)
	for {
		known, there := s.seen.LoadOrStore(account, &fresh)
		if !there {
			return
		}
		next := known.(*seen).with(fresh)
		if next.equal(*known.(*seen)) || s.seen.CompareAndSwap(account, known, &next) {
			return
		}
	}
}

// moment decodes a moment and remembers it.
func (s *Store) moment(account string, v any) (record.Snapshot, error) {
	m, err := decodeMoment(v)
	if err == nil {
		s.noteSeen(account, m)
	}
	return m, err
}
