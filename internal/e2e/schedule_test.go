package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// tickForm is how a tick stands in an id.
const tickForm = "20060102T150405Z"

// Two workers, one of which is killed in the middle, and a schedule every
// second for a minute: each second's campaign is there once, and sent once.
func TestScheduleEverySecondForAMinute(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.setenv("OCTOQ_RATE=0", "OCTOQ_MAX_IN_FLIGHT=0", "OCTOQ_POLL_FIRST=100ms")
	first := r.worker()
	r.worker()
	r.must(0, "schedule", "add", "beat", "--cron", "* * * * * *", "--zone", "Europe/Paris", "--list-name", "all",
		"--text", "{{date}} {{time}} STOP", "--type", "sms_premium", "--purpose", "alert")
	from := r.redisTime()
	r.until(40*time.Second, "half a minute is over", func() (bool, string) { return r.redisTime().Sub(from) > 30*time.Second, "" })
	first.kill()
	want := map[string]bool{}
	for s := from.Truncate(time.Second).Add(time.Second); s.Before(from.Add(61 * time.Second)); s = s.Add(time.Second) {
		want["beat-"+s.UTC().Format(tickForm)] = true
	}
	if len(want) < 60 {
		t.Fatalf("the minute: got %d ticks, want 60 or more", len(want))
	}
	r.until(90*time.Second, "every tick of a minute is there", func() (bool, string) {
		states := r.states()
		for id := range want {
			if _, there := states[id]; !there {
				return false, id + " is not there"
			}
		}
		return true, ""
	})
	r.must(0, "schedule", "rm", "beat")
	ended := r.redisTime()

	// What the killed worker had in hand is taken over within a minute or so.
	r.until(3*time.Minute, "every tick is sent", func() (bool, string) {
		states := r.states()
		for id := range want {
			if states[id] != campaign.StateSent {
				return false, id + " is " + string(states[id])
			}
		}
		for id, state := range states {
			if state != campaign.StateSent {
				return false, id + " is " + string(state)
			}
		}
		return true, ""
	})
	for id := range r.states() {
		at, err := time.Parse(tickForm, strings.TrimPrefix(id, "beat-"))
		if err != nil || at.Before(from.Add(-2*time.Second)) || at.After(ended.Add(time.Second)) {
			t.Errorf("campaign %s: got one that belongs to no tick of the schedule", id)
		}
	}
	if sends := len(r.carriedOut("send")); sends != len(r.states()) {
		t.Errorf("sends: got %d, want one for each of %d campaigns", sends, len(r.states()))
	}
	if twice := r.sim.Stats(0).SentTwice; len(twice) > 0 {
		t.Errorf("tickets sent twice: got %v, want none", twice)
	}
}

// redisTime is what Redis takes for the present moment.
func (r *rig) redisTime() time.Time {
	r.t.Helper()
	now, err := r.redis.Client().Time(r.t.Context()).Result()
	if err != nil {
		r.t.Fatalf("ask Redis for the time: %v", err)
	}
	return now
}

// states are those of all campaigns by id.
func (r *rig) states() map[string]campaign.State {
	r.t.Helper()
	states := map[string]campaign.State{}
	for line := range strings.Lines(r.must(0, "list", "--json", "--limit", "0").out) {
		var s status
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			r.t.Fatalf("list: %v in %q", err, line)
		}
		states[s.ID] = s.State
	}
	return states
}

// What the command line says about schedules, by its exit codes and by JSON.
func TestScheduleCommands(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	add := func(code int, more ...string) outcome {
		t.Helper()
		return r.must(code, append([]string{
			"schedule", "add", "news", "--cron", "30 2 * * *", "--zone", "Europe/Paris", "--account", "shop",
			"--tag-name", "vip", "--text", "{{date}} STOP", "--type", "sms_premium", "--purpose", "wholesale",
		}, more...)...)
	}
	r.must(3, "schedule", "rm", "news", "--account", "shop")
	o := add(2, "--cron", "0 0 30 2 *", "--id", "no-tick", "--type", "fax")
	for _, fault := range []string{"cron:", "type:"} {
		if !strings.Contains(o.err, fault) {
			t.Errorf("faults: got %q, want %s among them", o.err, fault)
		}
	}
	if o := add(2, "--id", "no-tick"); !strings.Contains(o.err, "{{tick}}") {
		t.Errorf("without a tick: got %q", o.err)
	}
	add(2, "--send-at", "2030-01-01T00:00:00Z")
	if o := add(2, "--window", "08:00-20:00 Europe/Pariss"); !strings.Contains(o.err, "there is no time zone Europe/Pariss") {
		t.Errorf("a window in a zone of nowhere: got %q", o.err)
	}
	add(0)
	add(4)
	add(0, "--replace", "--missed", "once", "--expires-after", "2h")
	file := r.file("c.json", `{"id":"m-{{tick}}","list_name":"all","text":"{{time}} STOP","type":"sms_premium","purpose":"alert"}`)
	r.must(0, "schedule", "add", "monthly", "--cron", "0 9 1 * *", "--zone", "UTC", "--file", file, "--json")
	r.must(2, "schedule", "add", "both", "--cron", "0 9 1 * *", "--zone", "UTC", "--file", file, "--text", "x")

	var names []string
	for _, line := range lines(r.must(0, "schedule", "ls", "--json").out) {
		var s struct {
			Name, Account, Cron, Zone, Missed string
			ExpiresAfter                      string      `json:"expires_after"`
			Next                              []time.Time `json:"next"`
			Campaign                          map[string]any
		}
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("ls: %v in %q", err, line)
		}
		names = append(names, fmt.Sprint(s.Account, "/", s.Name, " ", s.Missed, " ", s.ExpiresAfter, " ", len(s.Next), " ", s.Campaign["id"]))
	}
	want := "default/monthly skip  3 m-{{tick}},shop/news once 2h0m0s 3 news-{{tick}}"
	if got := strings.Join(names, ","); got != want {
		t.Errorf("ls: got %q, want %q", got, want)
	}
	if o := r.must(0, "schedule", "ls", "--account", "shop"); !strings.Contains(o.out, "30 2 * * *") || strings.Contains(o.out, "monthly") {
		t.Errorf("ls: got %q, want shop's alone", o.out)
	}
	ahead := time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
	r.redis.Client().HSet(t.Context(), "octoq:{shop}:schedules:last", "news", fmt.Sprint("g ", ahead.Unix(), " 0"))
	if o := r.must(0, "schedule", "ls", "--account", "shop"); !strings.Contains(o.out, "2090-01-01 02:30:00") {
		t.Errorf("ls after a clock that was ahead: got %q, want the next tick there is", o.out)
	}
	r.must(0, "schedule", "rm", "news", "--account", "shop")
	r.must(3, "schedule", "rm", "news", "--account", "shop")
}

// A schedule some of whose ticks are outside the sending window is taken with
// a warning, unless its campaigns expire.
func TestScheduleOutsideTheWindow(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	const hours = "08:00-20:00 Europe/Paris"
	add := func(more ...string) outcome {
		return r.must(0, append([]string{
			"schedule", "add", "news", "--replace", "--cron", "0 * * * *", "--zone", "Europe/Paris",
			"--tag-name", "vip", "--text", "Hello, STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale",
		}, more...)...)
	}
	warned := func(o outcome) bool {
		return strings.Contains(o.err, "outside the sending window, "+hours) && strings.Contains(o.err, "--expires-after")
	}
	if o := add(); o.err != "" {
		t.Errorf("without a window: got %q, want no warning", o.err)
	}
	if o := add("--window", hours); !warned(o) {
		t.Errorf("in the night of its own window: got %q, want a warning", o.err)
	}
	if o := add("--window", hours, "--json"); !strings.Contains(o.out, `"warnings":[{"field":"window","problem":"the tick of `) {
		t.Errorf("as JSON: got %q, want a warning", o.out)
	}
	r.setenv("OCTOQ_WINDOW=" + hours)
	if o := add(); !warned(o) {
		t.Errorf("in the night of the account's window: got %q, want a warning", o.err)
	}
	for name, more := range map[string][]string{
		"which expires":     {"--expires-after", "30m"},
		"within the window": {"--cron", "0 8-19 * * *"},
		"an alert":          {"--purpose", "alert"},
	} {
		if o := add(more...); o.err != "" {
			t.Errorf("%s: got %q, want no warning", name, o.err)
		}
	}
	r.setenv("OCTOQ_WINDOW=noon")
	r.must(2, "schedule", "add", "odd", "--cron", "0 9 * * *", "--zone", "UTC", "--tag-name", "vip", "--text", "Hello, STOP au 30101",
		"--type", "sms_premium", "--purpose", "wholesale")
	r.must(3, "schedule", "rm", "odd")
}

// An expression that ticks otherwise than it reads is refused, with the remedy.
// One that is stored goes on, and ls and doctor name it.
func TestScheduleUnlikeCron(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	add := func(code int, name, cron string) outcome {
		t.Helper()
		return r.must(code, "schedule", "add", name, "--replace", "--cron", cron, "--zone", "UTC", "--list-name", "all",
			"--text", "Hello, STOP au 30101", "--type", "sms_premium", "--purpose", "alert")
	}
	for cron, remedy := range map[string]string{
		"0 9 */2 * 1": "write 1-31/2", "*/90 * * * *": "write 0", "0 */36 * * *": "write 0", "5/15 * * * *": "write 5-59/15",
	} {
		if o := add(2, "odd", cron); !strings.Contains(o.err, remedy) {
			t.Errorf("%s: got %q, want %q", cron, o.err, remedy)
		}
	}
	o := add(0, "odd", "0 9 1-31/2 * 1")
	if !strings.Contains(o.err, "either is enough") || strings.Count(o.out, " 09:00:00 UTC") != 3 {
		t.Errorf("add: got %q, %q, want a warning and three ticks", o.err, o.out)
	}
	const schedules = "octoq:{default}:schedules"
	stored := r.redis.Client().HGet(t.Context(), schedules, "odd").Val()
	stored = strings.Replace(stored, "1-31/2", "*/2", 1)
	if err := r.redis.Client().HSet(t.Context(), schedules, "odd", stored).Err(); err != nil {
		t.Fatal(err)
	}
	if o := r.must(0, "schedule", "ls"); !strings.Contains(o.err, "warning: schedule default/odd: cron: ") || !strings.Contains(o.out, "*/2 * 1") {
		t.Errorf("ls: got %q, %q, want it named", o.out, o.err)
	}
	if o := r.octoq("doctor"); !strings.Contains(o.out, "schedule odd goes on ticking as it did") {
		t.Errorf("doctor: got %q, want it named", o.out)
	}
}

// A tick whose id another campaign has is not sent, and whoever follows events is told so
// once, with the reason.
func TestARefusedTickIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	var taken strings.Builder
	from := r.redisTime().Truncate(time.Second)
	for s := range 60 { // of which the schedule meets some
		fmt.Fprintf(&taken, `{"id":%q,"list_name":"others","text":"Another STOP","type":"sms_premium","purpose":"alert"}`+"\n", "beat-"+from.Add(time.Duration(s)*time.Second).UTC().Format(tickForm))
	}
	r.enqueue(taken.String())
	r.must(0, "schedule", "add", "beat", "--cron", "* * * * * *", "--zone", "UTC", "--list-name", "all", "--text", "Hello STOP", "--type", "sms_premium", "--purpose", "alert")
	r.worker()
	r.worker()
	web := r.web()
	var page struct {
		Items []struct {
			ID, Type, Campaign string
			Data               struct{ Schedule, Tick, Message string }
		}
	}
	r.until(time.Minute, "refused ticks are told", func() (bool, string) {
		r.getJSON(web.url+"/v1/events?type=schedule.refused", &page)
		return len(page.Items) > 2, fmt.Sprint(page.Items)
	})
	told := map[string]int{}
	for _, e := range page.Items {
		at, err := time.Parse(time.RFC3339, e.Data.Tick)
		if err != nil || e.Data.Schedule != "beat" || e.Campaign != "beat-"+at.Format(tickForm) || !strings.Contains(e.Data.Message, "different content") {
			t.Errorf("got %+v, %v, want the tick and why", e, err)
		}
		if told[e.ID]++; e.Type != "schedule.refused" {
			t.Errorf("got %+v among those that were asked for", e)
		}
	}
	r.must(0, "schedule", "rm", "beat")
}
