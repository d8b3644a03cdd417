package runid_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/runid"
)

// seen is by what a script distinguishes one Redis from another.
type seen struct{ process, history, runID string }

// see asks a server, in a script as octoq does.
func see(t *testing.T, s *redistest.Server) seen {
	t.Helper()
	const ask = runid.Lua + `
local function field(section, mark) return after(redis.call('INFO', section), mark, '^%x+') end
return { field('server', 'run_id:'), field('replication', 'master_replid:'), run_id() }`
	got, err := s.Client().Eval(t.Context(), ask, nil).StringSlice()
	if err != nil || len(got) != 3 {
		t.Fatalf("ask %s: %q, %v", s.Addr, got, err)
	}
	return seen{got[0], got[1], got[2]}
}

// changed are the fields of which two have different values, as words.
type changed struct{ Process, History, RunID bool }

func (s seen) against(o seen) changed {
	return changed{s.process != o.process, s.history != o.history, s.runID != o.runID}
}

// set starts servers of one program for a test.
type set struct {
	*testing.T
	program string
}

func (s set) start(args ...string) *redistest.Server {
	s.Helper()
	return redistest.Start(redistest.On(s.T, s.program), args...)
}

// fill writes something, which the server then may keep or forget.
func (s set) fill(r *redistest.Server) {
	s.Helper()
	if err := r.Client().Set(s.Context(), "key", "value", 0).Err(); err != nil {
		s.Fatalf("write: %v", err)
	}
}

// restarted brings a server back, after kill -9, with what the arguments let it keep.
func restarted(args ...string) func(s set) (before, after seen) {
	return func(s set) (before, after seen) {
		r := s.start(args...)
		s.fill(r)
		before = see(s.T, r)
		r.Restart()
		return before, see(s.T, r)
	}
}

// stopped brings a server back after a stop in good order, from its snapshot.
func stopped(s set) (before, after seen) {
	r := s.start()
	s.fill(r)
	before = see(s.T, r)
	if err := r.Client().Save(s.Context()).Err(); err != nil {
		s.Fatalf("save: %v", err)
	}
	r.Stop()
	r.Restart()
	if n, err := r.Client().Exists(s.Context(), "key").Result(); err != nil || n != 1 {
		s.Errorf("after a snapshot: got %d keys, %v, want it loaded", n, err)
	}
	return before, see(s.T, r)
}

// promoted puts a replica in the place of its primary.
func promoted(s set) (before, after seen) {
	primary, replica := s.start(), s.start()
	s.fill(primary)
	replica.Follow(primary)
	before = see(s.T, primary)
	replica.Promote()
	return before, see(s.T, replica)
}

// promotedAfterRestart has the replica come back from a snapshot before, in which it
// keeps the history of its primary.
func promotedAfterRestart(s set) (before, after seen) {
	primary, replica := s.start(), s.start()
	s.fill(primary)
	replica.Follow(primary)
	before = see(s.T, primary)
	if err := replica.Client().Save(s.Context()).Err(); err != nil {
		s.Fatalf("save: %v", err)
	}
	replica.Restart()
	replica.Follow(primary)
	replica.Promote()
	return before, see(s.T, replica)
}

// turnedBack makes the former primary a primary again, with its replica's data in the
// place of its own: the same process.
func turnedBack(s set) (before, after seen) {
	primary, replica := s.start(), s.start()
	s.fill(primary)
	before = see(s.T, primary)
	replica.Follow(primary)
	replica.Promote()
	primary.Follow(replica)
	primary.Promote()
	return before, see(s.T, primary)
}

// turnedBackAtOnce is the same, as seen by clients that used the replica meanwhile.
func turnedBackAtOnce(s set) (before, after seen) {
	primary, replica := s.start(), s.start()
	s.fill(primary)
	replica.Follow(primary)
	replica.Promote()
	before = see(s.T, replica)
	primary.Follow(replica)
	primary.Promote()
	return before, see(s.T, primary)
}

// failedOver has sentinels put a replica in the place of a primary that was killed.
func failedOver(s set) (before, after seen) {
	rig := redistest.StartSentinels(redistest.On(s.T, s.program))
	primary := rig.Master()
	before = see(s.T, primary)
	primary.Kill()
	return before, see(s.T, rig.AwaitFailover(primary))
}

// takenOver has a replica of a cluster take the slots of its master, which lives: in
// good order, or without asking anyone.
func takenOver(how ...any) func(s set) (before, after seen) {
	return func(s set) (before, after seen) {
		rig := redistest.StartNodes(redistest.On(s.T, s.program))
		master := rig.MasterOf("key")
		before = see(s.T, master)
		return before, see(s.T, rig.TakeOver("key", how...))
	}
}

// Whatever puts another memory in Redis's place changes the run_id, on each server.
// So does its second half by itself, the history that Redis gives a new name; the
// first alone misses a primary that has taken over its replica's data.
func TestEveryChangeIsSeen(t *testing.T) {
	t.Parallel()
	all, same := changed{true, true, true}, changed{false, true, true}
	redistest.OnEachServer(t, func(t *testing.T, program string) {
		for name, tt := range map[string]struct {
			happens func(set) (before, after seen)
			want    changed
		}{
			"killed, append-only file":          {restarted("--appendonly", "yes", "--appendfsync", "always"), all},
			"killed, nothing kept":              {restarted(), all},
			"stopped, snapshot":                 {stopped, all},
			"replica promoted":                  {promoted, all},
			"replica restarted and promoted":    {promotedAfterRestart, all},
			"turned back":                       {turnedBack, same},
			"turned back, seen from the second": {turnedBackAtOnce, all},
			"failed over by sentinels":          {failedOver, all},
			"cluster failover":                  {takenOver(), all},
			"cluster failover, taken over":      {takenOver("takeover"), all},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				before, after := tt.happens(set{t, program})
				if diff := cmp.Diff(tt.want, after.against(before)); diff != "" {
					t.Errorf("%+v, then %+v (-want +got):\n%s", before, after, diff)
				}
			})
		}
	})
}
