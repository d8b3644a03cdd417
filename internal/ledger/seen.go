package ledger

import (
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// seen is the most that this process was given of an account's counters under one
// run of Redis. They never fall, so a ledger that has less was put back to an
// older state behind Redis's own back, as when a snapshot of the machine is
// restored: then neither run_id nor replication id says so.
type seen struct {
	run                string // Redis's own, without the epoch
	epoch              int
	creates, successes int64
}

// args are those of moment() in Lua.
func (s seen) args() []any {
	return []any{s.run, strconv.Itoa(s.epoch), strconv.FormatInt(s.creates, 10), strconv.FormatInt(s.successes, 10)}
}

// seenIn reads it from a moment.
func seenIn(m campaign.Moment) seen {
	run, epoch, _ := strings.Cut(m.RunID, ".")
	n, _ := strconv.Atoi(epoch) // none is 0
	return seen{run: run, epoch: n, creates: m.Creates, successes: m.Successes}
}

// with adds what a later moment says. Answers may come out of their order, so within
// a run and epoch the most counts; another run begins anew.
func (s seen) with(o seen) seen {
	switch {
	case s.run != o.run || o.epoch > s.epoch:
		return o
	case o.epoch < s.epoch:
		return s
	}
	s.creates, s.successes = max(s.creates, o.creates), max(s.successes, o.successes)
	return s
}

func (s *Store) seenOf(account string) seen {
	known, ok := s.seen.Load(account)
	if !ok {
		return seen{}
	}
	return known.(seen)
}

// noteSeen remembers a moment. One that is of the time and run alone says nothing
// of the counters.
func (s *Store) noteSeen(account string, m campaign.Moment) {
	fresh := seenIn(m)
	for {
		known, ok := s.seen.LoadOrStore(account, fresh)
		if !ok {
			return
		}
		next := known.(seen).with(fresh)
		if next == known.(seen) || s.seen.CompareAndSwap(account, known, next) {
			return
		}
	}
}

// moment decodes a moment and remembers it.
func (s *Store) moment(account string, v any) (campaign.Moment, error) {
	m, err := decodeMoment(v)
	if err == nil {
		s.noteSeen(account, m)
	}
	return m, err
}
