package peers

import (
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

func of(id, confirm string) PeerWorker {
	return PeerWorker{ID: id, Name: "name of " + id, Settings: map[string]string{"confirm": confirm}}
}

func names(workers []PeerWorker) []string {
	var all []string
	for _, w := range workers {
		all = append(all, w.Name)
	}
	slices.Sort(all)
	return all
}

func TestWorkersSeeEachOther(t *testing.T) {
	t.Parallel()
	for name, rdb := range map[string]redis.UniversalClient{
		"redis":     redistest.Start(t).Client(),
		"cluster":   redistest.StartCluster(t),
		"miniredis": ofMini(t, miniredis.RunT(t)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(rdb)
			announce := func(w PeerWorker, want ...string) {
				t.Helper()
				living, err := s.Announce(t.Context(), "shop", w)
				if err != nil {
					t.Fatalf("Announce: %v", err)
				}
				if diff := cmp.Diff(want, names(living)); diff != "" {
					t.Errorf("%s sees (-want +got):\n%s", w.ID, diff)
				}
			}
			announce(of("a", "auto"), "name of a")
			announce(of("b", "manual"), "name of a", "name of b")
			announce(of("a", "auto"), "name of a", "name of b")
			living, err := s.Living(t.Context(), "shop")
			if want := []string{"name of a", "name of b"}; err != nil || !slices.Equal(names(living), want) {
				t.Errorf("Living: got %q, %v, want %q", names(living), err, want)
			}
			if others, err := s.Living(t.Context(), "another"); err != nil || len(others) > 0 {
				t.Errorf("of another account: got %v, %v, want none", others, err)
			}
			if left := rdb.PTTL(t.Context(), key.WorkerSettings("shop")).Val(); left <= 0 || left > lifetime {
				t.Errorf("got a key that lifetime %v, want %v at most", left, lifetime)
			}
			if err := s.Leave(t.Context(), "shop", "b"); err != nil {
				t.Fatalf("Leave: %v", err)
			}
			announce(of("a", "auto"), "name of a")
		})
	}
}

func ofMini(t *testing.T, m *miniredis.Miniredis) *redis.Client {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// A worker that was killed is forgotten while others go on, and its entry with it.
func TestAWorkerThatDiedIsForgotten(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	rdb := ofMini(t, m)
	s := New(rdb)
	now := time.Now()
	at := func(d time.Duration, w PeerWorker) []string {
		t.Helper()
		m.SetTime(now.Add(d))
		living, err := s.Announce(t.Context(), "shop", w)
		if err != nil {
			t.Fatalf("Announce: %v", err)
		}
		return names(living)
	}
	at(0, of("dies", "auto"))
	if got := at(2*Every, of("lives", "auto")); len(got) != 2 {
		t.Errorf("after two rounds: got %q, want both: one announcement may be lost", got)
	}
	m.SetTime(now.Add(lifetime + time.Second))
	if living, err := s.Living(t.Context(), "shop"); err != nil || len(living) != 1 {
		t.Errorf("a look later: got %q, %v, want the one that lives", names(living), err)
	}
	if got := at(lifetime+time.Second, of("lives", "auto")); len(got) != 1 {
		t.Errorf("later: got %q, want the one that lives", got)
	}
	if n := rdb.HLen(t.Context(), key.WorkerSettings("shop")).Val(); n != 1 {
		t.Errorf("entries: got %d, want 1", n)
	}
}

// A worker whose account sleeps announces itself less often, and lives as long for those
// who announce themselves each minute.
func TestWhoAnnouncesItselfLessOftenLives(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	rdb := ofMini(t, m)
	s := New(rdb)
	now := time.Now()
	m.SetTime(now)
	if _, err := s.AnnounceEvery(t.Context(), "shop", of("sleeps", "auto"), 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	if ttl := rdb.PTTL(t.Context(), key.WorkerSettings("shop")).Val(); ttl < 10*time.Minute {
		t.Errorf("got a key that lasts %v, want ten minutes", ttl)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{time.Minute, 2}, {10 * time.Minute, 2}, {11 * time.Minute, 1}} {
		after, want := c.after, c.want
		m.SetTime(now.Add(after))
		living, err := s.Announce(t.Context(), "shop", of("awake", "auto"))
		if err != nil || len(living) != want {
			t.Errorf("after %v: got %q, %v, want %d", after, names(living), err, want)
		}
		if found, err := s.Living(t.Context(), "shop"); err != nil || len(found) != want {
			t.Errorf("after %v, by a look: got %q, %v, want %d", after, names(found), err, want)
		}
		if left := rdb.PTTL(t.Context(), key.WorkerSettings("shop")).Val(); left < lifetime {
			t.Errorf("after %v: got a key that lasts %v, want no less than an announcement", after, left)
		}
	}
}

// What a later octoq says in another form takes no part.
func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	t.Parallel()
	rdb := ofMini(t, miniredis.RunT(t))
	s := New(rdb)
	for worker, said := range map[string]string{"other": "99999999999999 <settings/>", "empty": "", "stampless": `{"name":"x"}`} {
		if err := rdb.HSet(t.Context(), key.WorkerSettings("shop"), worker, said).Err(); err != nil {
			t.Fatalf("HSET: %v", err)
		}
	}
	if living, err := s.Living(t.Context(), "shop"); err != nil || len(living) > 0 {
		t.Errorf("Living: got %v, %v, want none", living, err)
	}
	if living, err := s.Announce(t.Context(), "shop", of("a", "auto")); err != nil || len(living) != 1 {
		t.Errorf("Announce: got %v, %v, want this one", living, err)
	}
}
