package simulator

import (
	"maps"
	"sync"
	"time"
)

// journal records calls in a ring, and what must be counted beyond the ring's length.
type journal struct {
	now    func() time.Time
	size   int
	logins map[string]bool // the configured ones: others are not counted by name

	mu       sync.Mutex // guards what follows
	ring     []Call
	base     int64 // the seq of the first call since the last reset
	next     int64
	tick     int64
	inFlight map[string]int // by login, "" is all of them
	counts   counts
}

// counts are totals since the last reset.
type counts struct {
	calls, carriedOut, faults map[string]int
	maxInFlight               map[string]int // by login, "" is all of them
}

func newCounts() counts {
	return counts{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
}

func newJournal(cfg Config) *journal {
	logins := map[string]bool{}
	for _, a := range cfg.Accounts {
		logins[a.Login] = true
	}
	return &journal{
		now: cfg.Now, size: cfg.LogSize, logins: logins,
		base: 1, next: 1, inFlight: map[string]int{}, counts: newCounts(),
	}
}

// begin records the arrival of a call and returns its seq.
func (j *journal) begin(c Call) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	seq := j.next
	j.next++
	j.tick++
	j.counts.calls[c.Call]++
	for _, l := range j.counted(c.Login) {
		j.inFlight[l]++
		j.counts.maxInFlight[l] = max(j.counts.maxInFlight[l], j.inFlight[l])
	}
	c.Login, c.Method, c.Path = cut(c.Login, 254), cut(c.Method, 32), cut(c.Path, 254)
	c.Seq, c.Time, c.InFlight, c.began = seq, j.now(), j.inFlight[""], j.tick
	j.put(c)
	return seq
}

// cut bounds what a client makes the journal remember.
func cut(s string, n int) string { return s[:min(len(s), n)] }

// counted returns the names under which a login's calls are counted.
func (j *journal) counted(login string) []string {
	if j.logins[login] {
		return []string{"", login}
	}
	return []string{""}
}

// put appends an entry, over the oldest one if the ring is full.
func (j *journal) put(c Call) {
	if len(j.ring) < j.size {
		j.ring = append(j.ring, c)
		return
	}
	j.ring[j.slot(c.Seq)] = c
}

func (j *journal) slot(seq int64) int { return int((seq - j.base) % int64(j.size)) }

// entry returns the entry of a call, nil if it was overwritten or reset away.
func (j *journal) entry(seq int64) *Call {
	if seq < j.base || len(j.ring) == 0 {
		return nil
	}
	if c := &j.ring[j.slot(seq)]; c.Seq == seq {
		return c
	}
	return nil
}

// describe records what a call is about, before anything happens to it.
func (j *journal) describe(seq int64, q request, f fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.kind != "" {
		j.counts.faults[f.kind]++
	}
	if c := j.entry(seq); c != nil {
		c.ListName, c.TagName, c.RequestID, c.Ticket = q.list, q.tag, q.requestID, q.ticket
		c.Fault, c.RuleID = f.kind, f.ruleID
	}
}

// carried records what the service did, whether the client will learn it or not.
func (j *journal) carried(seq int64, call string, own answer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if own.carriedOut() {
		j.counts.carriedOut[call]++
	}
	c := j.entry(seq)
	if c == nil {
		return
	}
	c.CarriedOut = own.carriedOut()
	if own.ticket != "" {
		c.Ticket = own.ticket
	}
}

// end closes the entry of a call, which is then no longer in flight.
func (j *journal) end(seq int64, login string, change func(*Call)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tick++
	for _, l := range j.counted(login) {
		j.inFlight[l]--
	}
	if c := j.entry(seq); c != nil {
		change(c)
		c.Ended, c.over = true, j.tick
	}
}

// reset forgets all calls. Those in flight remain counted as such.
func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.base, j.counts = nil, j.next, newCounts()
	maps.Copy(j.counts.maxInFlight, j.inFlight)
}

// list copies the entries that are kept, oldest first, and of those the ones that are wanted.
func (j *journal) list(want func(Call) bool) []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	calls := make([]Call, 0, len(j.ring))
	for seq := j.next - int64(len(j.ring)); seq < j.next; seq++ {
		if c := j.entry(seq); c != nil && want(*c) {
			calls = append(calls, *c)
		}
	}
	return calls
}

// Log returns every call that the journal still keeps, in order of arrival.
func (s *Server) Log() []Call { return s.journal.list(func(Call) bool { return true }) }
