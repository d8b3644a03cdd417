package simulator_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/simulator"
)

func TestMostCallsInASlidingWindow(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Accounts: []simulator.Account{{Login: "a", Key: "k"}, {Login: "b", Key: "k"}}})
	a, b := s.as("a", "k"), s.as("b", "k")
	for _, gap := range []int{0, 600, 300, 99, 1, 2000} { // at 0, 600, 900, 999, 1000, 3000 ms
		s.clock.add(time.Duration(gap) * time.Millisecond)
		a.call("GET", wallet, "")
	}
	b.call("GET", wallet, "")
	for window, want := range map[time.Duration]int{
		0:                        4, // 0 to 999, or 600 to 1000
		1001 * time.Millisecond:  5,
		100 * time.Millisecond:   2,
		101 * time.Millisecond:   3,
		3001 * time.Millisecond:  6,
		time.Millisecond:         1,
		1001 * time.Microsecond:  2,
		3000 * time.Millisecond:  5,
		100001 * time.Nanosecond: 1,
	} {
		if got := s.Stats(window).MaxInWindow; got["a"] != want || got["b"] != 1 {
			t.Errorf("window %v: got %v, want %d for a and 1 for b", window, got, want)
		}
	}
}

func TestMostCallsInFlight(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Accounts: []simulator.Account{{Login: "a", Key: "k"}, {Login: "b", Key: "k"}}})
	s.rule(simulator.Rule{Fault: "hang", Call: "balance"})
	ctx, leave := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for _, login := range []string{"a", "a", "b"} {
		group.Go(func() { s.as(login, "k").callContext(ctx, "GET", wallet, "") })
	}
	eventually(t, "three in flight", func() bool { return s.Stats(0).InFlight == 3 })
	s.as("a", "k").status("x")
	s.as("unknown", "k").status("x")
	if got := s.last().InFlight; got != 4 {
		t.Errorf("in flight at arrival: got %d, want 4", got)
	}
	leave()
	group.Wait()
	eventually(t, "none in flight", func() bool { return s.Stats(0).InFlight == 0 })
	st := s.Stats(0)
	if st.MaxInFlight != 4 || st.MaxInFlightAnswered != 1 {
		t.Errorf("most in flight: got %d, answered %d, want 4 and 1", st.MaxInFlight, st.MaxInFlightAnswered)
	}
	if diff := cmp.Diff(map[string]int{"a": 3, "b": 1}, st.MaxInFlightByLogin); diff != "" {
		t.Errorf("most in flight by login (-want +got):\n%s", diff)
	}
}

// TestAnsweredCallIsNoLongerInFlight is what a client with one call at a time relies on.
func TestAnsweredCallIsNoLongerInFlight(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	s.rule(simulator.Rule{Fault: "drop_after", Share: 0.5})
	for range 100 {
		s.call("GET", wallet, "")
	}
	if st := s.Stats(0); st.MaxInFlight != 1 {
		t.Errorf("most in flight: got %d, want 1", st.MaxInFlight)
	}
}

func TestStatsCountCampaigns(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	first := s.create("a")
	s.send(first)
	s.send(first)
	s.send(s.create("a"))
	s.cancel(s.create("b"))
	tag := s.call("POST", onTag+"/create", `{"tag_name":"a","text":"STOP","type":"sms_premium"}`).ticket()
	s.call("POST", onTag+"/send", `{"ticket_number":"`+tag+`"}`)
	st := s.Stats(0)
	wantTickets := simulator.TicketStats{
		Created: 4, Sent: 3, Cancelled: 1, SentTwice: []string{}, RequestIDsTwice: []string{},
		CreatesByList: map[string]int{"a": 2, "b": 1}, CreatesByTag: map[string]int{"a": 1},
		SendsByList: map[string]int{"a": 2}, SendsByTag: map[string]int{"a": 1},
	}
	if diff := cmp.Diff(wantTickets, st.TicketStats); diff != "" {
		t.Errorf("tickets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"create": 4, "send": 4, "cancel": 1}, st.Calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"create": 4, "send": 3, "cancel": 1}, st.CarriedOut); diff != "" {
		t.Errorf("carried out (-want +got):\n%s", diff)
	}
}

// TestOneTicketIsSentOnceByMany lets callers race for the only send there is.
func TestOneTicketIsSentOnceByMany(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Contacts: 1, PricePerContact: 1})
	ticket := s.create("a")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { s.send(ticket) })
	}
	group.Wait()
	st := s.Stats(0)
	if st.CarriedOut["send"] != 1 || st.SendsByList["a"] != 1 || len(st.SentTwice) != 0 {
		t.Errorf("sends: got %d carried out, %v and %v, want one", st.CarriedOut["send"], st.SendsByList, st.SentTwice)
	}
	wantReply(t, "balance", s.call("GET", wallet, ""), 200, `{"amount":999,"unit":"euros"}`)
}

func TestJournalKeepsTheNewestCalls(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{LogSize: 3})
	for range 5 {
		s.call("GET", wallet, "")
	}
	seqs := func() (got []int64) {
		for _, c := range s.Log() {
			got = append(got, c.Seq)
		}
		return got
	}
	if diff := cmp.Diff([]int64{3, 4, 5}, seqs()); diff != "" {
		t.Errorf("seqs (-want +got):\n%s", diff)
	}
	if got := s.Stats(0).CarriedOut["balance"]; got != 5 {
		t.Errorf("carried out: got %d, want all 5", got)
	}
	s.Reset()
	s.call("GET", wallet, "")
	if diff := cmp.Diff([]int64{6}, seqs()); diff != "" {
		t.Errorf("seqs after reset (-want +got):\n%s", diff)
	}
}

func TestCallThatOutlivesItsEntry(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{LogSize: 1})
	s.rule(simulator.Rule{Fault: "hang", Times: 1})
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan reply, 1)
	go func() { done <- s.callContext(ctx, "GET", wallet, "") }()
	eventually(t, "hanging", func() bool { return s.Stats(0).Faults["hang"] == 1 })
	want(t, "the next", s.call("GET", wallet, ""), 200, 0)
	leave()
	<-done
	eventually(t, "none in flight", func() bool { return s.Stats(0).InFlight == 0 })
	if c := s.last(); c.Abandoned || c.Seq != 2 {
		t.Errorf("journal: got %+v, want the second call as it was", c)
	}
}

func TestResetWhileACallHangs(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	s.rule(simulator.Rule{Fault: "hang"})
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan reply, 1)
	go func() { done <- s.callContext(ctx, "GET", wallet, "") }()
	eventually(t, "hanging", func() bool { return s.Stats(0).Faults["hang"] == 1 })
	s.Reset()
	if got := s.Stats(0).MaxInFlight; got != 1 {
		t.Errorf("most in flight: got %d, want the one that hangs", got)
	}
	want(t, "after reset", s.call("GET", wallet, ""), 200, 0)
	if got := s.last().InFlight; got != 2 {
		t.Errorf("in flight: got %d, want 2 with the one that hangs", got)
	}
	leave()
	<-done
	eventually(t, "none in flight", func() bool { return s.Stats(0).InFlight == 0 })
	if got := len(s.Log()); got != 1 {
		t.Errorf("journal: got %d calls, want the one after the reset", got)
	}
}
