package simulator

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Stats sums up what happened since the start or the last reset.
type Stats struct {
	// Calls, CarriedOut and Faults count calls by their name, and by the name of the fault.
	Calls      map[string]int `json:"calls"`
	CarriedOut map[string]int `json:"carried_out"`
	Faults     map[string]int `json:"faults"`

	// InFlight is the number of calls right now, MaxInFlight the most at any moment, over all logins and per login. A call
	// whose client has given up counts until the server notices.
	InFlight           int            `json:"in_flight"`
	MaxInFlight        int            `json:"max_in_flight"`
	MaxInFlightByLogin map[string]int `json:"max_in_flight_by_login"`
	// MaxInFlightAnswered is the same without the calls whose client went away before the answer, over the calls that the
	// journal keeps: for clients that time out, it shows what they meant to have in flight.
	MaxInFlightAnswered int `json:"max_in_flight_answered"`

	// MaxInWindow is the most calls that arrived in any sliding window of WindowMS, per login, over the calls that the
	// journal keeps. The window is open at its end: of two calls exactly one window apart, it holds one.
	WindowMS    int64          `json:"window_ms"`
	MaxInWindow map[string]int `json:"max_in_window_by_login"`

	TicketStats
}

// TicketStats counts campaigns by what became of them. Simulated ones are only in Simulated.
type TicketStats struct {
	Created   int `json:"tickets_created"`
	Sent      int `json:"tickets_sent"`
	Cancelled int `json:"tickets_cancelled"`
	Simulated int `json:"tickets_simulated"`
	// SentTwice are tickets sent more than once, which cannot be; RequestIDsTwice are request_ids under which one account
	// has more than one ticket, which takes an expired memory.
	SentTwice       []string `json:"tickets_sent_twice"`
	RequestIDsTwice []string `json:"request_ids_twice"`
	// The last four count tickets created and sends carried out by the name of the list or tag.
	CreatesByList map[string]int `json:"creates_by_list_name"`
	CreatesByTag  map[string]int `json:"creates_by_tag_name"`
	SendsByList   map[string]int `json:"sends_by_list_name"`
	SendsByTag    map[string]int `json:"sends_by_tag_name"`
}

// Stats sums up, with sliding windows of the given length; zero or less means one second.
func (s *Server) Stats(window time.Duration) Stats {
	if window <= 0 {
		window = time.Second
	}
	st := s.journal.stats()
	calls := s.Log()
	st.WindowMS = window.Milliseconds()
	st.MaxInWindow = maxInWindow(calls, window)
	st.MaxInFlightAnswered = maxAnswered(calls)
	st.TicketStats = s.ticketStats()
	return st
}

// maxInWindow slides a window over the arrivals of each login. Its memory is one list of times per login.
func maxInWindow(calls []Call, window time.Duration) map[string]int {
	arrivals := map[string][]time.Time{}
	for _, c := range calls {
		arrivals[c.Login] = append(arrivals[c.Login], c.Time)
	}
	most := map[string]int{}
	for login, times := range arrivals {
		slices.SortFunc(times, time.Time.Compare)
		first := 0
		for i, t := range times {
			for t.Sub(times[first]) >= window {
				first++
			}
			most[login] = max(most[login], i-first+1)
		}
	}
	return most
}

// maxAnswered walks over arrivals and ends in the order in which they happened.
func maxAnswered(calls []Call) int {
	type event struct {
		tick  int64
		delta int
	}
	var events []event
	for _, c := range calls {
		if c.Abandoned {
			continue
		}
		events = append(events, event{c.began, 1})
		if c.Ended {
			events = append(events, event{c.over, -1})
		}
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.tick, b.tick) })
	now, most := 0, 0
	for _, e := range events {
		now += e.delta
		most = max(most, now)
	}
	return most
}

func (j *journal) stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	byLogin := maps.Clone(j.counts.maxInFlight)
	delete(byLogin, "")
	return Stats{
		Calls:              maps.Clone(j.counts.calls),
		CarriedOut:         maps.Clone(j.counts.carriedOut),
		Faults:             maps.Clone(j.counts.faults),
		InFlight:           j.inFlight[""],
		MaxInFlight:        j.counts.maxInFlight[""],
		MaxInFlightByLogin: byLogin,
	}
}

func (s *Server) ticketStats() TicketStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := TicketStats{
		SentTwice: []string{}, RequestIDsTwice: []string{},
		CreatesByList: map[string]int{}, CreatesByTag: map[string]int{},
		SendsByList: map[string]int{}, SendsByTag: map[string]int{},
	}
	for _, a := range s.accounts {
		ids := map[string]int{}
		for _, t := range a.order {
			st.add(t)
			if ids[t.requestID]++; t.requestID != "" && ids[t.requestID] == 2 {
				st.RequestIDsTwice = append(st.RequestIDsTwice, t.requestID)
			}
		}
	}
	slices.Sort(st.SentTwice)
	slices.Sort(st.RequestIDsTwice)
	return st
}

// add counts one ticket.
func (st *TicketStats) add(t *ticket) {
	if t.simulated {
		st.Simulated++
		return
	}
	st.Created++
	if t.cancelled {
		st.Cancelled++
	}
	if t.sends > 0 {
		st.Sent++
	}
	if t.sends > 1 {
		st.SentTwice = append(st.SentTwice, t.number)
	}
	creates, sends, name := st.CreatesByList, st.SendsByList, t.list
	if t.tag != "" {
		creates, sends, name = st.CreatesByTag, st.SendsByTag, t.tag
	}
	creates[name]++
	if t.sends > 0 {
		sends[name] += t.sends
	}
}
