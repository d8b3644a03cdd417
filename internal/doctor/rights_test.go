package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
)

// What octoq needs and the user may not do is a fault that names the right, and
// nothing is left behind.
func TestRightsThatAreMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules []string
		check string
		grant string
	}{
		"no scripts":          {[]string{redistest.NoScripts}, doctor.CheckScripts, "ACL SETUSER <user> +eval +evalsha"},
		"no scripts by hash":  {[]string{"-evalsha"}, doctor.CheckScripts, "ACL SETUSER <user> +eval +evalsha"},
		"no writes":           {[]string{"-@write"}, doctor.CheckRights, "+set"},
		"one write less":      {[]string{"-zadd"}, doctor.CheckRights, "ACL SETUSER <user> +zadd"},
		"no transactions":     {[]string{"-multi"}, doctor.CheckRights, "ACL SETUSER <user> +multi"},
		"no keys of octoq's":  {[]string{"resetkeys", "~asynq:*"}, doctor.CheckScripts, "ACL SETUSER <user> ~octoq:* ~asynq:*"},
		"no keys of asynq's":  {[]string{"resetkeys", "~octoq:*"}, doctor.CheckScripts, "ACL SETUSER <user> ~octoq:* ~asynq:*"},
		"no INFO":             {[]string{redistest.NoInfo}, doctor.CheckRunID, "ACL SETUSER <user> +info"},
		"half of INFO":        {[]string{redistest.NoInfo, "+info|server"}, doctor.CheckRunID, "ACL SETUSER <user> +info"},
		"no channels":         {[]string{redistest.NoChannels}, doctor.CheckChannels, "ACL SETUSER <user> &octoq:* &asynq:*"},
		"nothing to publish":  {[]string{"-publish"}, doctor.CheckChannels, "+publish"},
		"nothing to hear":     {[]string{"-subscribe"}, doctor.CheckChannels, "ACL SETUSER <user> +subscribe"},
		"everything is there": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t, "--appendonly", "yes")
			findings := all(t, s.User(c.rules...).Client())
			for _, f := range findings {
				if f.Level == doctor.Fault && f.Check != c.check {
					t.Errorf("another fault: %+v", f)
				}
			}
			if c.check == "" {
				for _, check := range []string{doctor.CheckScripts, doctor.CheckRunID, doctor.CheckChannels, doctor.CheckRights} {
					if f := found(t, findings, check); f.Level != doctor.OK {
						t.Errorf("got %+v, want ok", f)
					}
				}
			} else if f := found(t, findings, c.check); f.Level != doctor.Fault || !strings.Contains(f.Do, c.grant) {
				t.Errorf("got %+v, want a fault that names %q", f, c.grant)
			}
			if keys := s.Client().Keys(t.Context(), "*").Val(); len(keys) != 0 {
				t.Errorf("left behind: %v", keys)
			}
		})
	}
}

// all is what doctor finds of a worker's Redis.
func all(t *testing.T, rdb redis.UniversalClient) []doctor.Finding {
	t.Helper()
	findings := doctor.Redis(t.Context(), rdb, time.Now)
	if doctor.Faulty(findings, doctor.CheckScripts, doctor.CheckRunID) {
		return findings
	}
	return append(findings, doctor.Rights(t.Context(), rdb, rights.Worker)...)
}

// A Redis that takes no writes is a fault, though it answers and its user may do all.
func TestRightsOnAFullRedis(t *testing.T) {
	t.Parallel()
	findings := doctor.Rights(t.Context(), redistest.Start(t, "--maxmemory", "1").Client(), rights.Worker)
	if f := found(t, findings, doctor.CheckRights); f.Level != doctor.Fault || !strings.Contains(f.Do, "maxmemory") {
		t.Errorf("got %+v, want a fault that names maxmemory", f)
	}
}

// A cluster that works is no fault, to a client of clusters.
func TestClusterWithItsSlots(t *testing.T) {
	t.Parallel()
	findings := all(t, redistest.StartCluster(t))
	if f := found(t, findings, doctor.CheckCluster); f.Level != doctor.Warning {
		t.Errorf("got %+v, want a warning", f)
	}
	if f := found(t, findings, doctor.CheckScripts); f.Level != doctor.OK {
		t.Errorf("got %+v, want ok", f)
	}
}
