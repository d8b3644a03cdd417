package doctor_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(t *testing.T, addr string, change ...func(*redis.Options)) *redis.Client {
	t.Helper()
	opts := &redis.Options{Addr: addr, ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1}
	for _, c := range change {
		c(opts)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// found is the finding of one check, which has to be there.
func found(t *testing.T, findings []doctor.Finding, check string) doctor.Finding {
	t.Helper()
	at := slices.IndexFunc(findings, func(f doctor.Finding) bool { return f.Check == check })
	if at < 0 {
		t.Fatalf("got %+v, want a finding of %s", findings, check)
	}
	return findings[at]
}

func TestRedisAsItShouldBe(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	findings := doctor.Redis(t.Context(), client(t, server.Addr), time.Now)
	for _, check := range []string{
		doctor.CheckReach, doctor.CheckClock, doctor.CheckVersion, doctor.CheckRole, doctor.CheckCluster,
		doctor.CheckEviction, doctor.CheckMemory, doctor.CheckPersistence,
	} {
		if f := found(t, findings, check); f.Level != doctor.OK {
			t.Errorf("got %+v, want ok", f)
		}
	}
}

func TestRedisThatWouldLoseCampaigns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args  []string
		check string
		want  doctor.Level
		says  string
	}{
		"evicts":           {[]string{"--maxmemory-policy", "allkeys-lru"}, doctor.CheckEviction, doctor.Fault, "allkeys-lru"},
		"keeps nothing":    {nil, doctor.CheckPersistence, doctor.Fault, "keeps nothing on disk"},
		"snapshots only":   {[]string{"--save", "3600 1"}, doctor.CheckPersistence, doctor.Fault, "save 3600 1"},
		"everysec":         {[]string{"--appendonly", "yes"}, doctor.CheckPersistence, doctor.OK, "last second"},
		"never synced":     {[]string{"--appendonly", "yes", "--appendfsync", "no"}, doctor.CheckPersistence, doctor.Warning, "appendfsync no"},
		"almost full":      {[]string{"--maxmemory", "512kb"}, doctor.CheckMemory, doctor.Fault, "of 0.5 MiB"},
		"CONFIG forbidden": {[]string{"--appendonly", "yes", "--rename-command", "CONFIG", ""}, doctor.CheckPersistence, doctor.Warning, "not let octoq see"},
		"no slots":         {[]string{"--cluster-enabled", "yes"}, doctor.CheckCluster, doctor.Fault, "CLUSTERDOWN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, c.args...)
			got := found(t, doctor.Redis(t.Context(), client(t, server.Addr), time.Now), c.check)
			if got.Level != c.want || !strings.Contains(got.What, c.says) {
				t.Errorf("got %+v, want %s that says %q", got, c.want, c.says)
			}
		})
	}
}

func TestReplicaAndItsMaster(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	host, port, err := net.SplitHostPort(master.Addr)
	if err != nil {
		t.Fatalf("split %q: %v", master.Addr, err)
	}
	replica := redistest.Start(t, "--replicaof", host+" "+port)
	if f := found(t, doctor.Redis(t.Context(), client(t, replica.Addr), time.Now), doctor.CheckRole); f.Level != doctor.Fault {
		t.Errorf("replica: got %+v, want a fault", f)
	}
}

func TestClockOfThisMachine(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	late := func() time.Time { return time.Now().Add(-2 * time.Minute) }
	if f := found(t, doctor.Redis(t.Context(), client(t, server.Addr), late), doctor.CheckClock); f.Level != doctor.Fault {
		t.Errorf("two minutes apart: got %+v, want a fault", f)
	}
}

func TestInfoForbidden(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--rename-command", "INFO", "")
	f := found(t, doctor.Redis(t.Context(), client(t, server.Addr), time.Now), doctor.CheckPersistence)
	if f.Level != doctor.Warning || !strings.Contains(f.What, "cannot see") {
		t.Errorf("got %+v, want a warning that octoq cannot see", f)
	}
}

func TestRedisOutOfReachIsTheOnlyFinding(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	for name, c := range map[string]struct {
		addr string
		says string
	}{
		"no server":    {server.Addr, "does not answer"},
		"no such host": {"no-such-host.invalid:6379", "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := doctor.Redis(t.Context(), client(t, c.addr), time.Now)
			if len(got) != 1 || got[0].Check != doctor.CheckReach || got[0].Level != doctor.Fault || !strings.Contains(got[0].What, c.says) {
				t.Errorf("got %+v, want one fault that says %q", got, c.says)
			}
		})
	}
}

func TestFrozenRedisIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	patient := client(t, server.Addr, func(o *redis.Options) { o.ReadTimeout = time.Minute })
	if f := doctor.Reach(ctx, patient); f.Level != doctor.Fault {
		t.Errorf("got %+v, want a fault", f)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v, want about 200 ms", took)
	}
}

func TestADatabaseThatRedisDoesNotHave(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	f := doctor.Reach(t.Context(), client(t, server.Addr, func(o *redis.Options) { o.DB = 4711 }))
	if f.Level != doctor.Fault || !strings.Contains(f.What, "no database") || !strings.Contains(f.Do, "OCTOQ_REDIS_URL") {
		t.Errorf("got %+v, want a fault that names the database", f)
	}
}

func TestWrongRedisPasswordIsNotRepeated(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	if err := server.Client().ConfigSet(t.Context(), "requirepass", "hidden-right-one").Err(); err != nil {
		t.Fatalf("set a password: %v", err)
	}
	for name, password := range map[string]string{"none": "", "wrong": "hidden-wrong-one"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := doctor.Reach(t.Context(), client(t, server.Addr, func(o *redis.Options) { o.Password = password }))
			if f.Level != doctor.Fault || !strings.Contains(f.Do, "OCTOQ_REDIS_URL") || !strings.Contains(f.What, "password") {
				t.Errorf("got %+v, want a fault that says where the password goes", f)
			}
			if strings.Contains(f.What+f.Do, "hidden") {
				t.Errorf("got %+v, want no password in it", f)
			}
		})
	}
}
