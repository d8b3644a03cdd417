package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// diagnose runs octoq doctor --json and returns its findings by their check.
func diagnose(t *testing.T, args ...string) (int, map[string]doctor.Finding) {
	t.Helper()
	code, out, said := octoqNow(t, append([]string{"doctor", "--json"}, args...)...)
	if strings.Contains(out+said, "hidden") {
		t.Errorf("got %s%s, want no secret in it", out, said)
	}
	findings := map[string]doctor.Finding{}
	for line := range strings.Lines(out) {
		var f doctor.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		findings[f.Check] = f
	}
	return code, findings
}

func TestDoctorFindsAllWell(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	code, findings := diagnose(t, "--config", s.config)
	if code != exitOK {
		t.Errorf("got exit %d, want 0", code)
	}
	for _, check := range []string{doctor.CheckReach, doctor.CheckEviction, doctor.CheckPersistence, doctor.CheckAPI, doctor.CheckBalance} {
		if f := findings[check]; f.Level != doctor.OK {
			t.Errorf("%s: got %+v, want ok", check, f)
		}
	}
	if got := findings[doctor.CheckBalance]; got.Account != "default" || !strings.Contains(got.What, "1000.00 €") {
		t.Errorf("got %+v, want the balance of account default", got)
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, s *stand)
		instead []string
		code    int
		check   string
		want    doctor.Level
	}{
		"key refused": {func(t *testing.T, s *stand) {
			t.Helper()
			if err := s.api.SetCredentials(simulator.Credentials{Login: "a@example.com", Key: "another"}); err != nil {
				t.Fatalf("SetCredentials: %v", err)
			}
		}, nil, exitAPI, doctor.CheckAPI, doctor.Fault},
		"low balance": {func(t *testing.T, s *stand) {
			t.Helper()
			if err := s.api.SetBalance("a@example.com", 1.5); err != nil {
				t.Fatalf("SetBalance: %v", err)
			}
		}, nil, exitOK, doctor.CheckBalance, doctor.Warning},
		"API away":     {nil, []string{"api_url: http://127.0.0.1:1/v1/public"}, exitFailed, doctor.CheckAPIReach, doctor.Fault},
		"bad settings": {nil, []string{"rate: many"}, exitFailed, doctor.CheckSettings, doctor.Fault},
		"evicting Redis": {func(t *testing.T, s *stand) {
			t.Helper()
			rdb, err := newRedis(s.settings(t))
			if err != nil {
				t.Fatalf("newRedis: %v", err)
			}
			defer func() { _ = rdb.Close() }()
			if err := rdb.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err(); err != nil {
				t.Fatalf("ConfigSet: %v", err)
			}
		}, nil, exitFailed, doctor.CheckEviction, doctor.Fault},
		"Redis away": {func(_ *testing.T, s *stand) { s.redis.Kill() }, nil, exitRedis, doctor.CheckReach, doctor.Fault},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, c.instead...)
			if c.spoil != nil {
				c.spoil(t, &s)
			}
			code, findings := diagnose(t, "--config", s.config)
			if got := findings[c.check]; code != c.code || got.Level != c.want || got.Do == "" {
				t.Errorf("got exit %d and %+v, want %d and %s of %s", code, findings, c.code, c.want, c.check)
			}
		})
	}
}

func TestDoctorAsksTheAPIEvenWithoutRedis(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.redis.Kill()
	code, findings := diagnose(t, "--config", s.config)
	if code != exitRedis || findings[doctor.CheckAPI].Level != doctor.OK {
		t.Errorf("got exit %d and %+v, want 5 and accepted credentials", code, findings)
	}
}

func TestDoctorOfAProducerHasNoAccount(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes")
	code, findings := diagnose(t, "--redis-url", server.URL())
	if code != exitOK || findings[doctor.CheckSettings].Level != doctor.Warning {
		t.Errorf("got exit %d and %+v, want 0 and a warning that no account is set", code, findings)
	}
}

func TestDoctorInAHurry(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--maxmemory-policy", "allkeys-lru") // which it does not look at
	if code, findings := diagnose(t, "--quick", "--redis-url", server.URL()); code != exitOK || len(findings) != 1 {
		t.Errorf("got exit %d and %+v, want 0 and one finding", code, findings)
	}
	server.Kill()
	if code, findings := diagnose(t, "--quick", "--redis-url", server.URL()); code != exitRedis || findings[doctor.CheckReach].Level != doctor.Fault {
		t.Errorf("got exit %d and %+v, want 5 and a fault", code, findings)
	}
}

func TestDoctorAsTheProbeOfAContainer(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	url := "http://" + address(t, octoqUntilStopped(t, "web", "--config", s.config), `pages at http://([^/\s]+)/`)
	if code, out, said := octoqNow(t, "doctor", "--probe", url+"/readyz"); code != exitOK || out+said != "" {
		t.Errorf("ready: got exit %d and %q, want 0 and nothing", code, out+said)
	}
	s.redis.Kill()
	code, _, said := octoqNow(t, "doctor", "--probe", url+"/readyz")
	if want := "octoq: probe: HTTP 503: not ready: Redis does not answer\n"; code != exitFailed || said != want {
		t.Errorf("not ready: got exit %d and %q, want 1 and %q", code, said, want)
	}
	if code, _, _ := octoqNow(t, "doctor", "--probe", url, "--quick"); code != exitUsage {
		t.Errorf("both at once: got exit %d, want 2", code)
	}
}

func TestDoctorPrintsATable(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	_, out, _ := octoqNow(t, "doctor", "--redis-url", server.URL())
	for _, want := range []string{"LEVEL", "ok       redis_eviction", "fault    redis_persistence", "Set appendonly to yes"} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
}

// What a worker needs to use an API of plain http, doctor takes too.
func TestDoctorTakesPlainHTTP(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes")
	for allowed, want := range map[string]string{"false": doctor.CheckSettings, "true": doctor.CheckAPIReach} {
		_, findings := diagnose(t, "--redis-url", server.URL(), "--api-url", "http://api.invalid/v1", "--api-plain-http", allowed,
			"--config", configFile(t, "api_login: a@example.com", "api_key: "+hiddenKey))
		if findings[want].Level != doctor.Fault {
			t.Errorf("--api-plain-http %s: got %+v, want a fault of %s", allowed, findings, want)
		}
	}
}
