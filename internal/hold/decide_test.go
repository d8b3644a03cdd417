package hold

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func config(t *testing.T) Config {
	t.Helper()
	c, err := Config{}.withDefaults()
	if err != nil {
		t.Fatalf("defaults: %v", err)
	}
	return c
}

// answers are an outcome of each kind that the rules distinguish.
func answers() map[string]record.Outcome {
	return map[string]record.Outcome{
		"no call":    {},
		"ok":         {Class: record.ClassOK, HTTPStatus: 200},
		"rejected":   {Class: record.ClassRejected, HTTPStatus: 400, Code: 121},
		"pending":    {Class: record.ClassPending, HTTPStatus: 400, Code: 127},
		"duplicate":  {Class: record.ClassDuplicate, HTTPStatus: 400, Code: 120},
		"done":       {Class: record.ClassDone, HTTPStatus: 400, Code: 132},
		"unknown":    {Class: record.ClassUnknown, HTTPStatus: 404},
		"throttled":  {Class: record.ClassThrottled, HTTPStatus: 429},
		"126":        {Class: record.ClassTransient, HTTPStatus: 400, Code: 126},
		"401":        {Class: record.ClassAccount, HTTPStatus: 401},
		"104":        {Class: record.ClassAccount, HTTPStatus: 400, Code: 104},
		"500":        {Class: record.ClassTransient, HTTPStatus: 500},
		"408":        {Class: record.ClassTransient, HTTPStatus: 408},
		"unanswered": {Class: record.ClassUnanswered},
		"not sent":   {Class: record.ClassNotSent},
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	hold := func(r record.HoldReason, p record.HoldPhase, code int) *record.Hold {
		return &record.Hold{Reason: r, Phase: p, Code: code}
	}
	open := record.PhaseHalfOpen
	account, credit := hold(record.HoldAccount, open, 101), hold(record.HoldAccount, open, 104)
	by := func(h *record.Hold, call campaign.Call) *record.Hold { c := *h; c.Call = call; return &c }
	creates := hold(record.HoldBlocked, open, 126)
	creates.Call = campaign.CallCreate
	create, confirm := campaign.CallCreate, campaign.CallConfirm
	rest := []campaign.Call{campaign.CallStatus, campaign.CallConfirm, campaign.CallCancel}
	ordered, unavail := hold(record.HoldAccount, open, 105), hold(record.HoldUnavailable, open, 0)
	bad := []string{"401", "104", "500", "408", "unanswered", "not sent"}
	good := []string{"ok", "rejected", "pending", "duplicate", "done", "unknown", "126"}
	row := Observation{Streak: 10, Campaigns: 3}
	long := Observation{BlockedFor: 10 * time.Minute, Blocked: 5}
	short, few := Observation{BlockedFor: 10*time.Minute - 1, Blocked: 50}, Observation{BlockedFor: time.Hour, Blocked: 4}
	not126 := []string{"ok", "rejected", "pending", "duplicate", "done", "unknown"}
	for _, c := range []struct {
		name  string
		hold  *record.Hold
		calls []campaign.Call // all when nil
		seen  Observation     // its outcome is the answer
		set   []string        // answers that set a hold; those not named change nothing
		close []string
		lift  []string
	}{
		{name: "free", set: []string{"401", "104"}},
		{name: "free, a long row over two campaigns", seen: Observation{Streak: 1000, Campaigns: 2}, set: []string{"401", "104"}},
		{name: "free, a row that is one too short", seen: Observation{Streak: 9, Campaigns: 9}, set: []string{"401", "104"}},
		{name: "free, a row", seen: row, set: bad},
		{name: "free, a late probe", seen: Observation{Probe: true}, set: []string{"401", "104"}},

		{name: "held for the account", hold: hold(record.HoldAccount, record.PhaseHeld, 101), seen: row},
		{name: "held as unavailable", hold: hold(record.HoldUnavailable, record.PhaseHeld, 0), seen: row},
		{name: "held, a probe that came late", hold: hold(record.HoldAccount, record.PhaseHeld, 101), seen: Observation{Probe: true}},
		{name: "held by hand", hold: hold(record.HoldOperator, record.PhaseHeld, 0), seen: Observation{Probe: true, Streak: 10, Campaigns: 3}},
		{name: "half-open, but by hand", hold: hold(record.HoldOperator, open, 0), seen: Observation{Probe: true}},

		{name: "half-open, not the probe", hold: account, seen: row},
		{name: "half-open, credit, not the probe", hold: credit, seen: row},
		{name: "half-open", hold: account, seen: Observation{Probe: true}, close: bad, lift: good},
		{name: "half-open, unavailable", hold: unavail, seen: Observation{Probe: true}, close: bad, lift: append([]string{"throttled"}, good...)},
		{name: "half-open, no credit, a call that proves it", hold: credit, calls: []campaign.Call{campaign.CallCreate, campaign.CallConfirm}, seen: Observation{Probe: true}, close: bad, lift: []string{"ok"}},
		{name: "half-open, no credit, a call that does not", hold: credit, calls: []campaign.Call{campaign.CallStatus, campaign.CallCancel}, seen: Observation{Probe: true}, close: bad},
		{name: "free, blocked for long", calls: []campaign.Call{create}, seen: long, set: []string{"401", "104", "126"}},
		{name: "free, other calls that are answered 126", calls: rest, seen: long, set: []string{"401", "104"}},
		{name: "free, blocked not yet for long", seen: short, set: []string{"401", "104"}},
		{name: "free, blocked, but seldom", seen: few, set: []string{"401", "104"}},
		{name: "creates held, a call that is not", hold: hold(record.HoldBlocked, record.PhaseHeld, 126), seen: long, set: []string{"401", "104"}},
		{name: "creates held, a row", hold: creates, seen: row, set: bad},
		{name: "creates half-open, a create", hold: creates, calls: []campaign.Call{create}, seen: Observation{Probe: true}, set: []string{"401", "104"}, close: append([]string{"126"}, bad...), lift: not126},
		{name: "half-open, another kind of call than was refused", hold: by(account, confirm), calls: []campaign.Call{create, campaign.CallStatus, campaign.CallCancel}, seen: Observation{Probe: true}, close: bad},
		{name: "half-open, the kind of call that was refused", hold: by(account, confirm), calls: []campaign.Call{confirm}, seen: Observation{Probe: true}, close: bad, lift: good},
		{name: "half-open, no credit for a confirm, a create", hold: by(credit, confirm), calls: []campaign.Call{create, campaign.CallStatus, campaign.CallCancel}, seen: Observation{Probe: true}, close: bad},
		{name: "half-open, no credit for a confirm, a confirm", hold: by(credit, confirm), calls: []campaign.Call{confirm}, seen: Observation{Probe: true}, close: bad, lift: []string{"ok"}},
		{name: "half-open, no credit for a create, what proves it", hold: by(credit, create), calls: []campaign.Call{create, confirm}, seen: Observation{Probe: true}, close: bad, lift: []string{"ok"}},
		{name: "half-open, no credit and an order", hold: ordered, calls: []campaign.Call{campaign.CallStatus}, seen: Observation{Probe: true}, close: bad},
	} {
		calls := c.calls
		if calls == nil {
			calls = []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm, campaign.CallCancel}
		}
		for name, o := range answers() {
			want := ActionNone
			switch {
			case slices.Contains(c.set, name):
				want = ActionSet
			case slices.Contains(c.close, name):
				want = ActionClose
			case slices.Contains(c.lift, name):
				want = ActionLift
			}
			for _, call := range calls {
				seen := c.seen
				seen.Call, seen.Campaign, seen.Outcome = call, "c1", o
				if got := Decide(c.hold, seen, config(t)); got != want {
					t.Errorf("%s, %s answered %q: got %s, want %s", c.name, call, name, got, want)
				}
			}
		}
	}
}

func TestBalanceOpens(t *testing.T) {
	t.Parallel()
	for name, o := range answers() {
		want := slices.Contains([]string{"ok", "rejected", "pending", "duplicate", "done", "unknown", "126"}, name)
		if got := opens(o); got != want {
			t.Errorf("a balance call answered %q: got %v, want %v", name, got, want)
		}
	}
}

func TestWaitsGrowAndAreCapped(t *testing.T) {
	t.Parallel()
	c := config(t)
	for tries, want := range map[int]time.Duration{
		0: 5 * time.Second, 1: 10 * time.Second, 3: 40 * time.Second, 6: 5 * time.Minute, 100_000: 5 * time.Minute,
	} {
		if got := c.wait(tries, 0.5); got != want {
			t.Errorf("after %d tries: got %v, want %v", tries, got, want)
		}
	}
	if got, want := c.wait(0, 0), 4500*time.Millisecond; got != want {
		t.Errorf("least jitter: got %v, want %v", got, want)
	}
	c.Jitter = -1
	if got, want := c.wait(0, 0), 5*time.Second; got != want {
		t.Errorf("no jitter: got %v, want %v", got, want)
	}
}

func TestConfigRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{Answers: -1}, {Campaigns: -1}, {FirstProbe: -1}, {MaxProbe: -1}, {Interval: -1}, {ProbeTimeout: -1},
		{LeaseInterval: -1}, {Factor: 0.5}, {Jitter: 1},
	} {
		if _, err := NewController("acc", c, newBackends().ports()); err == nil {
			t.Errorf("%s: got nil, want an error", fmt.Sprintf("%+v", c))
		}
	}
	if _, err := NewController("acc", Config{}, Ports{}); err == nil {
		t.Errorf("without ports: got nil, want an error")
	}
}
