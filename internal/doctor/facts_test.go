package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// judged is one case of a check that is a pure function of facts.
type judged struct {
	name  string
	check func(facts) Finding
	info  string // lines of INFO
	// config is name=value pairs; "forbidden" when CONFIG is.
	config string
	want   Level
	says   string // a part of What or Do
}

func (j judged) facts() facts {
	f := facts{info: parse(j.info)}
	if j.config == "forbidden" {
		return f
	}
	f.config = map[string]string{}
	for pair := range strings.SplitSeq(j.config, ";") {
		if name, value, found := strings.Cut(pair, "="); found {
			f.config[name] = value
		}
	}
	return f
}

func TestFactsAreJudged(t *testing.T) {
	t.Parallel()
	const aof = "aof_enabled:1\r\naof_last_write_status:ok\r\n"
	for _, j := range []judged{
		{"6.2 is enough", version, "redis_version:6.2.0", "", OK, "6.2.0"},
		{"7.0", version, "redis_version:7.0.15", "", OK, "7.0.15"},
		{"10.0", version, "redis_version:10.0.1", "", OK, "10.0.1"},
		{"6.0", version, "redis_version:6.0.16", "", Fault, "6.2 or newer"},
		{"5.9", version, "redis_version:5.9.9", "", Fault, "too old"},
		{"no version", version, "", "", Warning, "cannot be read"},

		{"noeviction", eviction, "maxmemory_policy:noeviction\nevicted_keys:0", "", OK, "noeviction"},
		{"allkeys-lru", eviction, "maxmemory_policy:allkeys-lru", "", Fault, "allkeys-lru"},
		{"volatile keys are what was sent", eviction, "maxmemory_policy:volatile-ttl", "", Fault, "volatile-ttl"},
		{"evicted before", eviction, "maxmemory_policy:noeviction\nevicted_keys:3", "", Warning, "3 keys"},
		{"no policy reported", eviction, "", "", Warning, "does not report"},

		{"no limit", memory, "used_memory:1048576\nmaxmemory:0", "", OK, "1.0 MiB"},
		{"half full", memory, "used_memory:50\nmaxmemory:100", "", OK, "50 %"},
		{"filling", memory, "used_memory:80\nmaxmemory:100", "", Warning, "80 %"},
		{"full", memory, "used_memory:95\nmaxmemory:100", "", Fault, "Raise maxmemory"},

		{"master", role, "role:master\nconnected_slaves:0", "", OK, "master"},
		{"replicas", role, "role:master\nconnected_slaves:2", "", OK, "failover may forget"},
		{"replica", role, "role:slave\nmaster_link_status:up", "", Fault, "replica"},
		{"cluster", cluster, "cluster_enabled:1", "", Warning, "cluster"},
		{"no cluster", cluster, "cluster_enabled:0", "", OK, "no cluster"},

		{"always", persistence, aof, "appendfsync=always;save=", OK, "forgets nothing"},
		{"everysec", persistence, aof, "appendfsync=everysec", OK, "last second"},
		{"no sync", persistence, aof, "appendfsync=no", Warning, "half minute"},
		{"no sync on rewrite", persistence, aof, "appendfsync=always;no-appendfsync-on-rewrite=yes", Warning, "rewritten"},
		{"sync not to be seen", persistence, aof, "forbidden", Warning, "not let octoq see"},
		{"disk full", persistence, "aof_enabled:1\naof_last_write_status:err", "appendfsync=always", Fault, "cannot be written"},
		{"snapshots only", persistence, "aof_enabled:0", "save=3600 1 300 100", Fault, "save 3600 1"},
		{"nothing kept", persistence, "aof_enabled:0", "save=", Fault, "forgets every campaign"},
		{"no append-only file, rest not to be seen", persistence, "aof_enabled:0", "forbidden", Fault, "no append-only file"},
		{"nothing reported", persistence, "", "", Warning, "does not report"},
	} {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			got := j.check(j.facts())
			if got.Level != j.want || !strings.Contains(got.What+" "+got.Do, j.says) {
				t.Errorf("got %+v, want %s that says %q", got, j.want, j.says)
			}
			sound(t, got)
		})
	}
}

// sound holds a finding to what all have in common.
func sound(t *testing.T, f Finding) {
	t.Helper()
	if f.Check == "" || f.What == "" || (f.Do == "") != (f.Level == OK) {
		t.Errorf("got %+v, want a check, what it found, and what to do unless all is well", f)
	}
	if f.Do != "" && !strings.HasSuffix(f.Do, ".") {
		t.Errorf("got %q, want a sentence", f.Do)
	}
}

func TestClocksApart(t *testing.T) {
	t.Parallel()
	for ahead, want := range map[time.Duration]Level{
		0: OK, 5 * time.Second: OK, -5 * time.Second: OK,
		5001 * time.Millisecond: Warning, -6 * time.Second: Warning, time.Minute: Warning,
		61 * time.Second: Fault, -time.Hour: Fault,
	} {
		got := skew(ahead)
		if got.Level != want {
			t.Errorf("%v ahead: got %+v, want %s", ahead, got, want)
		}
		sound(t, got)
	}
}

func TestOutcomesOfTheBalanceCallAreJudged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		out   record.Outcome
		check string
		want  Level
	}{
		{record.Outcome{Class: record.ClassOK, Balance: LowBalance}, CheckBalance, OK},
		{record.Outcome{Class: record.ClassOK, Balance: LowBalance - 1}, CheckBalance, Warning},
		{record.Outcome{Class: record.ClassOK, Balance: -campaign.Euro}, CheckBalance, Warning},
		{record.Outcome{Class: record.ClassAccount, HTTPStatus: 401, Code: 101}, CheckAPI, Fault},
		{record.Outcome{Class: record.ClassUnknown, HTTPStatus: 404}, CheckAPI, Fault},
		{record.Outcome{Class: record.ClassRejected, HTTPStatus: 400, Code: 100}, CheckAPI, Fault},
		{record.Outcome{Class: record.ClassNotSent, Message: "connection refused"}, CheckAPIReach, Fault},
		{record.Outcome{Class: record.ClassUnanswered}, CheckAPIReach, Fault},
		{record.Outcome{Class: record.ClassTransient, HTTPStatus: 503}, CheckAPIReach, Fault},
		{record.Outcome{Class: record.ClassThrottled, HTTPStatus: 429}, CheckAPIReach, Warning},
	} {
		t.Run(string(c.out.Class), func(t *testing.T) {
			t.Parallel()
			found := API(t.Context(), answering(c.out, nil))
			got := found[len(found)-1]
			if got.Check != c.check || got.Level != c.want || got.Account != "acme" {
				t.Errorf("got %+v, want %s of %s for acme", got, c.want, c.check)
			}
			for _, f := range found {
				sound(t, f)
			}
		})
	}
}
