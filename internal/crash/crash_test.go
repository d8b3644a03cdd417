package crash

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/redistest"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // hundreds of workers begin and end: memory is cheaper than time
	goleak.VerifyTestMain(m)
}

// atOnce is how many trials run side by side: they mostly wait.
const atOnce = 32

// tried is a point of a scenario.
type tried struct {
	script scenario
	point  point
	number int
}

// TestEveryPoint is the crash-point test. Each scenario is run once undisturbed
// to learn its points, and then once for each of them: the worker dies there,
// nothing works for a while, another worker starts, and all is to end well.
// Then the same once more with a Redis that forgot the last write before the
// death, and with it all that came after. ShareEnv chooses among the points.
func TestEveryPoint(t *testing.T) { //nolint:tparallel // its subtests share slots of their own
	t.Parallel()
	shared := redistest.Start(t) // skips where there is none
	shared.Kill()
	w := startWorld(t)
	points, books := recordPoints(t, w)
	if t.Failed() {
		return
	}
	covered(t, books)
	redis := startServer(t)
	var missed atomic.Int64 // points that no attempt came to
	var groups sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	dying, forgetting := sharesOf(t, points)
	groups.Go(func() {
		each(t, "dies", dying, slots, &missed, func(t *testing.T, p tried, account string) bool { return dies(t, w, redis, p, account) })
	})
	groups.Go(func() {
		each(t, "forgets", forgetting, slots, &missed, func(t *testing.T, p tried, account string) bool { return forgets(t, w, p, account) })
	})
	groups.Wait()
	if n, all := int(missed.Load()), len(dying)+len(forgetting); n > all/8 {
		t.Errorf("%d deaths did not happen, of %d: want at most one in eight", n, all)
	} else {
		t.Logf("%d deaths did not happen, of %d", n, all)
	}
}

// ShareEnv says which points are tried: "all", or a number that chooses a share of them; by
// default the day does.
const (
	ShareEnv         = "OCTOQ_CRASH"
	dyingShares      = 3
	forgettingShares = 8
)

// sharesOf lists the points that a worker dies at, and those after which Redis forgets.
// Forgetting the last write before a write is not made is the same as forgetting it right
// after it was made, so of the latter those before are left out.
func sharesOf(t *testing.T, points []tried) (dying, forgetting []tried) {
	t.Helper()
	chosen := os.Getenv(ShareEnv)
	n, err := strconv.Atoi(chosen)
	if err != nil {
		n = time.Now().YearDay()
	}
	for i, p := range points {
		mine := func(shares int) bool { return chosen == "all" || i/2%shares == n%shares }
		if mine(dyingShares) {
			dying = append(dying, p)
		}
		if p.point.after && mine(forgettingShares) {
			forgetting = append(forgetting, p)
		}
	}
	t.Logf("%d points are tried, and %d with a Redis that forgets (%s=%s, the day's share is %s=%d)",
		len(dying), len(forgetting), ShareEnv, chosen, ShareEnv, n)
	return dying, forgetting
}

// recordPoints runs each scenario undisturbed and lists the points that no earlier
// one has had, and all of one whose account sleeps.
func recordPoints(t *testing.T, w *world) ([]tried, []*book) {
	t.Helper()
	scripts := scenarios()
	books := make([]*book, len(scripts))
	t.Run("undisturbed", func(t *testing.T) {
		var group sync.WaitGroup
		for i, s := range scripts {
			group.Go(func() {
				t.Run(s.name, func(t *testing.T) { books[i] = undisturbed(t, w, s, i) })
			})
		}
		group.Wait()
	})
	if t.Failed() {
		return nil, nil
	}
	known := map[point]bool{}
	var all []tried
	for i, b := range books {
		if b == nil {
			continue
		}
		n := 0
		for at, p := range b.entries {
			k := point{name: p.name, nth: min(p.nth, at+1)}
			k.nth = rank(b.entries[:at+1], p.name)
			if known[k] && !scripts[i].sleeps { // the same write is another one while an account starts or stops
				continue
			}
			known[k] = true
			n++
			for _, after := range []bool{false, true} {
				p.after = after
				all = append(all, tried{script: scripts[i], point: p, number: len(all)})
			}
		}
		t.Logf("%-28s %3d writes and calls, %3d points of its own", scripts[i].name, len(b.entries), 2*n)
	}
	t.Logf("%-28s %3d points", "in all", len(all))
	return all, books
}

// rank counts the entries of a name.
func rank(entries []point, name string) int {
	n := 0
	for _, e := range entries {
		if e.name == name {
			n++
		}
	}
	return n
}

func undisturbed(t *testing.T, w *world, s scenario, i int) *book {
	t.Helper()
	redis := startServer(t)
	tr := &trial{T: t, world: w, server: redis, script: s, account: fmt.Sprintf("u%d", i), book: newBook(redis.client(t))}
	tr.prepare()
	tr.hire(nil, true) // from here on its writes are taken down
	a := tr.start(nil, true)
	tr.drive(a)
	tr.awaitExpiry()
	tr.bury(a)
	tr.check(false)
	if os.Getenv("OCTOQ_CRASH_TRACE") != "" {
		t.Log(tr.tale())
	}
	return tr.book
}

// attempts is how often a point is tried before it is missed: what happens side
// by side in a worker does not always happen in the same order.
const attempts = 3

// each tries all points, many side by side, each time under another account, and
// counts those that no attempt came to. What recurs is tried once and not counted: a quick
// life has none of it.
func each(
	t *testing.T, name string, points []tried, slots chan struct{}, missed *atomic.Int64,
	try func(t *testing.T, p tried, account string) bool,
) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		var group sync.WaitGroup
		for _, p := range points {
			slots <- struct{}{}
			group.Go(func() {
				defer func() { <-slots }()
				t.Run(p.script.name+": "+strings.ReplaceAll(p.point.String(), "/", "|"), func(t *testing.T) {
					tries := attempts
					if p.point.recurs() {
						tries = 1
					}
					for n := range tries {
						if try(t, p, fmt.Sprintf("%s%d-%d", name, p.number, n)) {
							return
						}
					}
					if !p.point.recurs() {
						missed.Add(1)
						t.Log("no worker came there")
					}
				})
			})
		}
		group.Wait()
	})
}

// dies lets a worker die at a point and another one take over. It reports
// whether the worker came there.
func dies(t *testing.T, w *world, s *server, p tried, account string) bool {
	t.Helper()
	tr := &trial{T: t, world: w, server: s, script: p.script, account: account}
	tr.prepare()
	first := tr.crash(p.point)
	if first == nil {
		return false
	}
	tr.pass()
	tr.finish(first)
	tr.check(false)
	return true
}

// forgets is dies with a Redis that comes back without the worker's last write.
func forgets(t *testing.T, w *world, p tried, account string) bool {
	t.Helper()
	s := startServer(t, withFile()...)
	tr := &trial{T: t, world: w, server: s, script: p.script, account: account, file: tailOf(s)}
	tr.prepare()
	first := tr.crash(p.point)
	if first == nil {
		return false
	}
	s.kill()
	if err := tr.file.forget(); err != nil {
		t.Fatal(err)
	}
	s.start()
	tr.pass()
	tr.finish(first)
	tr.check(true)
	return true
}

// crash runs a worker until it dies at a point, which may be on its way out. It
// returns nil for one that did not come there this time.
func (t *trial) crash(p point) *alive {
	t.Helper()
	if p.ofOperators() {
		return t.crashOperators(p)
	}
	first := t.start(&p, true)
	if t.drive(first) {
		t.bury(first)
	}
	if !first.dead.Load() {
		t.Logf("not reached: the worker ended before\n%s", t.tale())
		return nil
	}
	<-first.died
	return first
}

// crashOperators is crash for a point in an operator's command: when that dies, the
// worker dies too, and others come.
func (t *trial) crashOperators(p point) *alive {
	t.Helper()
	t.hire(&p, true)
	first := t.start(nil, false)
	t.drive(first)
	if !t.process.dead.Load() {
		t.bury(first)
		t.Logf("not reached: the operators were done before\n%s", t.tale())
		return nil
	}
	<-first.died
	t.hire(nil, false)
	return first
}

// finish lets a second worker bring all to its end, and waits for what is left
// of the first.
func (t *trial) finish(first *alive) {
	t.Helper()
	second := t.start(nil, false)
	if !t.drive(second) {
		t.Fatal("the second worker died")
	}
	t.bury(second)
	t.bury(first)
}
