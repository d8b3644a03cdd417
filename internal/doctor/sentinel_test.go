package doctor

import (
	"errors"
	"strings"
	"testing"
)

func TestWhatSentinelsSay(t *testing.T) {
	t.Parallel()
	good := Sentinels{Name: "m", Addr: "h:1", Flags: "master", Replicas: 2, Known: 3, Answer: 3, Named: 3, Quorum: 2}
	with := func(change func(*Sentinels)) Sentinels { s := good; change(&s); return s }
	for name, c := range map[string]struct {
		s     Sentinels
		err   error
		level Level
		want  string
	}{
		"all well":       {good, nil, OK, "Sentinel: master m at h:1, 2 replicas, 3 sentinels, quorum 2"},
		"no answer":      {Sentinels{}, errors.New("refused"), Fault, "the sentinels cannot be asked: refused"},
		"down":           {with(func(s *Sentinels) { s.Flags = "s_down,master" }), nil, Fault, "they say that the master is down"},
		"two sentinels":  {with(func(s *Sentinels) { s.Known = 2 }), nil, Warning, "too few to fail over"},
		"a high quorum":  {with(func(s *Sentinels) { s.Quorum = 4 }), nil, Warning, "too few to fail over"},
		"one is silent":  {with(func(s *Sentinels) { s.Answer = 2 }), nil, Warning, "1 of the 3 in OCTOQ_REDIS_URL do not answer"},
		"without anyone": {with(func(s *Sentinels) { s.Replicas = 0 }), nil, Warning, "there is none to fail over to"},
	} {
		if f := Watched(c.s, c.err); f.Level != c.level || !strings.Contains(f.What, c.want) || (f.Do == "") != (c.level == OK) {
			t.Errorf("%s: got %+v, want %s with %q", name, f, c.level, c.want)
		}
	}
}

func TestAMasterThatIsCutOff(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Level{"role:master\r\n": Warning, "role:master\r\nmin_slaves_good_slaves:2\r\n": OK, "role:slave\r\n": ""} {
		got := Level("")
		for _, f := range CutOff(text, nil) {
			got = f.Level
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTheShapeOfACluster(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		s     shape
		level Level
		want  string
	}{
		"all well":           {shape{slots: allSlots, masters: 3, fullCoverage: "yes"}, OK, "cluster of 3 masters, 16384 of 16384 slots served; while a slot is not, none is"},
		"not all slots":      {shape{slots: allSlots - 1, masters: 3}, Fault, "16383 of 16384 slots served"},
		"without a replica":  {shape{slots: allSlots, masters: 1, alone: []string{"h:1"}, fullCoverage: "no"}, Warning, "without a replica: h:1"},
		"settings not shown": {shape{slots: allSlots, masters: 3}, OK, "slots served, each master with a replica"},
	} {
		if f := c.s.finding(); f.Level != c.level || !strings.Contains(f.What, c.want) {
			t.Errorf("%s: got %+v, want %s with %q", name, f, c.level, c.want)
		}
	}
}

// What is wrong with one master is said of that one; what is well is said once.
func TestFindingsOfAllMasters(t *testing.T) {
	t.Parallel()
	got := merged([]node{
		{"a:1", []Finding{ok(CheckMemory, "small"), ok(CheckEviction, "noeviction")}},
		{"b:1", []Finding{ok(CheckMemory, "big"), fault(CheckEviction, "allkeys-lru", "Set it.")}},
	})
	if len(got) != 2 || got[0].What != "small (the first of 2 masters, which are all well)" || got[1].What != "b:1: allkeys-lru" || got[1].Level != Fault {
		t.Errorf("got %+v", got)
	}
}
