package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// alerts are lines of campaigns to lists PREFIX0000 and so on.
func alerts(prefix string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(alert(fmt.Sprintf("%s%04d", prefix, i), ""))
	}
	return b.String()
}

func alert(id, more string) string {
	return strings.Replace(toList(id, more), `"wholesale"`, `"alert"`, 1)
}

// within fails unless a call about a list came in time.
func (r *rig) within(call, list string, from time.Time, limit time.Duration) {
	r.t.Helper()
	r.until(limit+20*time.Second, call+" of "+list, func() (bool, string) {
		return r.carriedOutFor(call, list) == 1, fmt.Sprintf("%+v", r.calls("", list))
	})
	for _, c := range r.calls(call, list) {
		if took := c.Time.Sub(from); took > limit {
			r.t.Errorf("%s of %s: got it after %v, want %v at most", call, list, took, limit)
		}
	}
}

// With the default limits an alert passes a thousand wholesale campaigns, at each
// stage; so does one that falls due later. Wholesale campaigns go on meanwhile.
func TestAnAlertPassesAThousand(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{ComputeTime: 500 * time.Millisecond, Latency: 50 * time.Millisecond})
	r.enqueue(campaigns("many", 1000, ""))
	r.worker()
	r.until(60*time.Second, "all stages are at work", func() (bool, string) {
		n := len(r.carriedOut(simulator.CallSend))
		return n > 2, fmt.Sprint(n)
	})
	r.enqueue(alert("now", ""))
	enqueued := time.Now()
	due := enqueued.Add(6 * time.Second).Truncate(time.Second)
	r.enqueue(alert("later", fmt.Sprintf(`,"not_before":%q`, due.Format(time.RFC3339))))
	r.within(simulator.CallCreate, "now", enqueued, time.Second)
	r.within(simulator.CallSend, "now", enqueued, 5*time.Second)
	r.within(simulator.CallCreate, "later", due, time.Second)
	r.within(simulator.CallSend, "later", due, 5*time.Second)
	if at := r.calls(simulator.CallCreate, "later")[0].Time; at.Before(due) {
		t.Errorf("the scheduled alert was created %v before it was due", due.Sub(at))
	}
	r.onceEach()
}

// flood is how many alerts there are in TestAFloodOfAlerts, beside four times as many
// wholesale campaigns.
func flood(t *testing.T) (alerts, rate int) {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("OCTOQ_ALERTS_N"))
	if err != nil {
		n = 100
	}
	return n, 40
}

// A flood of alerts beside wholesale campaigns, while a worker is killed: the alerts go
// in order, wholesale keeps a tenth of the calls, and each campaign is sent once.
func TestAFloodOfAlerts(t *testing.T) {
	t.Parallel()
	n, rate := flood(t)
	r := newRig(t, simulator.Config{ComputeTime: 300 * time.Millisecond, Latency: 10 * time.Millisecond})
	r.setenv(fmt.Sprint("OCTOQ_RATE=", rate), "OCTOQ_MAX_IN_FLIGHT=4", "OCTOQ_POLL_FIRST=500ms", "OCTOQ_API_TIMEOUT=5s", "OCTOQ_CONCURRENCY=4")
	r.enqueue(campaigns("many", 4*n, ""))
	r.known() // a create that the dead worker made is known as one's own
	r.until(60*time.Second, "all stages are at work", func() (bool, string) {
		sent := len(r.carriedOut(simulator.CallSend))
		return sent > 2, fmt.Sprint(sent)
	})
	doomed := r.worker()
	r.enqueue(alerts("a", n))
	r.until(60*time.Second, "half of the alerts are created", func() (bool, string) {
		created := len(r.created("a"))
		return 2*created > n, fmt.Sprint(created)
	})
	early := r.created("a") // none of them has waited for a dead worker
	doomed.kill()
	r.worker()
	r.until(2*time.Minute+time.Duration(5*n/rate)*time.Second, "all alerts are sent", func() (bool, string) {
		sent := r.carriedOutTo(simulator.CallSend, "a")
		return sent == n, fmt.Sprint(sent)
	})
	r.inOrder(early)
	r.aTenth(early)
	r.until(time.Duration(20*n/rate)*time.Second+5*time.Minute, "all are sent", func() (bool, string) {
		sent := len(r.carriedOut(simulator.CallSend))
		return sent == 5*n, fmt.Sprint(sent)
	})
	r.onceEach()
}

// created are the lists with a prefix for which a campaign was created, in order.
func (r *rig) created(prefix string) []string {
	var lists []string
	for _, c := range r.calls(simulator.CallCreate, "") {
		if strings.HasPrefix(c.ListName, prefix) {
			lists = append(lists, c.ListName)
		}
	}
	return lists
}

// carriedOutTo counts the calls of a kind about lists with a prefix that the API
// carried out.
func (r *rig) carriedOutTo(call, prefix string) int {
	n := 0
	for _, c := range r.carriedOut(call) {
		if strings.HasPrefix(c.ListName, prefix) {
			n++
		}
	}
	return n
}

// inOrder fails unless lists with ascending numbers come in about that order. Workers
// take them in order; but what they have in hand at once may change places, and each of
// them waits for the limits on its own.
func (r *rig) inOrder(lists []string) {
	r.t.Helper()
	const inHand = 2 * (2*4 + 2)
	sum := 0
	for i, name := range lists {
		var n int
		if _, err := fmt.Sscanf(name, "a%04d", &n); err != nil {
			r.t.Fatal(err)
		}
		off := max(n-i, i-n)
		if sum += off; off > 3*inHand {
			r.t.Errorf("created: %s is number %d, want it within %d places", name, i, 3*inHand)
		}
	}
	mean := float64(sum) / float64(len(lists))
	r.t.Logf("created: %d alerts are %.1f places off on average", len(lists), mean)
	if mean > inHand/2 {
		r.t.Errorf("created: alerts are %.1f places off on average, want %d at most", mean, inHand/2)
	}
}

// aTenth fails unless wholesale campaigns had a tenth of the calls between the first
// and the last create of some alerts.
func (r *rig) aTenth(created []string) {
	r.t.Helper()
	from := r.calls(simulator.CallCreate, created[0])[0].Time
	to := r.calls(simulator.CallCreate, created[len(created)-1])[0].Time
	var all, wholesale int
	for _, c := range r.calls("", "") {
		if c.Time.Before(from) || c.Time.After(to) {
			continue
		}
		all++
		if !strings.HasPrefix(c.ListName, "a") {
			wholesale++
		}
	}
	r.t.Logf("while alerts waited: %d of %d calls were for wholesale campaigns", wholesale, all)
	const edges = 2 // grants of the two workers that the flood's ends cut off
	if 10*(wholesale+edges) < all || 2*wholesale > all {
		r.t.Errorf("calls for wholesale campaigns: got %d of %d, want a tenth at least, and less than half", wholesale, all)
	}
}
