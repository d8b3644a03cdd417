package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/simulator"
)

// At every moment of a run each campaign is in each listing, exactly once and in
// one order, while workers take, wait in a hold, are killed and start again.
//
// OCTOQ_LIST_N campaigns, OCTOQ_LIST_RATE calls a second, OCTOQ_LIST_SECONDS at
// most: 2000, 5 and 600 are the long run.
func TestEveryListingIsComplete(t *testing.T) {
	t.Parallel()
	n, rate, seconds := number(t, "OCTOQ_LIST_N", 300), number(t, "OCTOQ_LIST_RATE", 60), number(t, "OCTOQ_LIST_SECONDS", 24)
	r := newRig(t, simulator.Config{ComputeTime: 200 * time.Millisecond, Latency: 5 * time.Millisecond})
	r.quick(fmt.Sprintf("OCTOQ_RATE=%d", rate))
	r.enqueue(campaigns("c", n, ""))
	client, err := enqueue.New(enqueue.Config{Client: r.redis.Client()})
	if err != nil {
		t.Fatal(err)
	}
	var worker *process
	began, span := time.Now(), time.Duration(seconds)*time.Second
	next, steps := 0, []func(){
		func() { worker = r.worker() },
		func() { r.must(0, "hold", "set") },
		func() { r.must(0, "hold", "clear") },
		func() { worker.kill(); worker = r.worker() },
		func() { worker.stop(); worker = r.worker() },
	}
	want := r.listed()
	if len(want) != n {
		t.Fatalf("before the run: got %d campaigns, want %d", len(want), n)
	}
	listings, seen := 0, map[campaign.State]int{}
	// A step waits for its time, and for two listings behind the one before it, however
	// long they take on a machine that does more besides.
	for next < len(steps) || time.Since(began) < span && seen[campaign.StateSent] < n {
		if at := began.Add(time.Duration(next) * span / time.Duration(len(steps)+1)); next < len(steps) && listings >= 2*next && time.Now().After(at) {
			steps[next]()
			next++
		}
		if got := r.listed(); !slices.Equal(got, want) {
			t.Fatalf("octoq list %d: %s", listings, difference(got, want))
		}
		var got []string
		if got, seen = pagesOf(t, client, 10+(listings*7)%(n/3)); !slices.Equal(got, want) {
			t.Fatalf("listing %d, %v: %s", listings, seen, difference(got, want))
		}
		listings++
	}
	t.Logf("%d times two listings of %d campaigns, at last %v", listings, n, seen)
	if listings < 2*len(steps)-1 || len(seen) == 0 || seen[campaign.StateQueued] == n {
		t.Errorf("got %d listings and %v at last, want a run that was watched", listings, seen)
	}
	r.onceEach()
}

// listed are the ids of octoq list, in its order.
func (r *rig) listed() []string {
	r.t.Helper()
	var ids []string
	for _, l := range lines(r.must(0, "list", "--json", "--limit", "0").out) {
		var s status
		if err := json.Unmarshal([]byte(l), &s); err != nil {
			r.t.Fatalf("list: %v in %q", err, l)
		}
		ids = append(ids, s.ID)
	}
	return ids
}

// pagesOf are the ids of a listing in pages, and how many are in each state.
func pagesOf(t *testing.T, client *enqueue.Client, limit int) (ids []string, states map[campaign.State]int) {
	t.Helper()
	states = map[campaign.State]int{}
	for f := (enqueue.Filter{Limit: limit}); ; {
		page, err := client.List(t.Context(), f)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		for _, rec := range page.Records {
			ids = append(ids, rec.ID())
			states[rec.State]++
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return ids, states
		}
	}
}

// difference says which ids are missing and which are there twice.
func difference(got, want []string) string {
	times := map[string]int{}
	for _, id := range got {
		times[id]++
	}
	maps.DeleteFunc(times, func(_ string, n int) bool { return n == 1 })
	missing := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return slices.Contains(got, id) })
	return fmt.Sprintf("%d ids of %d, missing %s, more than once %v, or in another order", len(got), len(want), strings.Join(missing, " "), times)
}

// number is a number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(otherwise)))
	if err != nil || n < 1 {
		t.Fatalf("%s is %q: want a number", name, os.Getenv(name))
	}
	return n
}
