package outbox_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue/outbox"
	"github.com/octoq/octoq/enqueue/outbox/internal/pgtest"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/testenv"
)

// sizeEnv is how many campaigns TestExactlyTheCommittedOnes tries to enqueue.
const sizeEnv = "OCTOQ_OUTBOX_N"

func size(t *testing.T) int {
	t.Helper()
	text := os.Getenv(sizeEnv)
	if text == "" {
		return 2000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 {
		t.Fatalf("%s is %q: want a number of 100 at least", sizeEnv, text)
	}
	return n
}

// program is the command, compiled once into scratch.
var program = sync.OnceValues(func() (string, error) {
	return proctest.Build(context.Background(), scratch, "octoq-outbox", "./cmd/octoq-outbox")
})

func command(t *testing.T) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// storm is what happens to the servers and relays while campaigns are enqueued.
type storm struct {
	*world
	t      *testing.T
	server *pgtest.Server
	n      int
	next   atomic.Int64 // the campaign that is tried next
	done   atomic.Int64 // campaigns whose transaction has ended
	relays []*proctest.Process
	killed int
}

// Whatever happens to relays, PostgreSQL and Redis: what was committed is enqueued,
// each once, and nothing else is. The truth is a table that the same transactions
// write into: after a crash in a commit only the database knows whether it took place.
func TestExactlyTheCommittedOnes(t *testing.T) { //nolint:paralleltest // its load would make others slow
	server(t)
	own, err := pgtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Stop() })
	s := &storm{world: newWorldOn(t, own, "--appendonly", "yes"), t: t, server: own, n: size(t)}
	s.exec(t, `CREATE TABLE orders (id text PRIMARY KEY)`)
	const relays = 3
	for i := range relays {
		s.relays = append(s.relays, s.startRelay(i))
	}
	began := time.Now()
	producers := s.produce()
	s.rage(producers)
	produced := time.Since(began)
	s.untilRelayed()
	relayed := time.Since(began)
	peak := s.peakMemory()
	for _, p := range s.relays {
		if err := p.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if code, err := p.Wait(within); err != nil || code != 0 {
			t.Errorf("a relay that is stopped: got exit code %d, %v, want 0\n%s", code, err, p.Log())
		}
	}
	committed := s.compare()
	t.Logf("%d campaigns, %d committed in %v, all relayed after %v, %d relays killed, peak memory of a relay %d MiB",
		s.n, committed, produced.Round(time.Millisecond), relayed.Round(time.Millisecond), s.killed, peak>>20)
	if most := int64(64 << 20); peak > most {
		t.Errorf("peak memory of a relay: got %d MiB, want at most %d", peak>>20, most>>20)
	}
}

func (s *storm) startRelay(i int) *proctest.Process {
	s.t.Helper()
	env := append(testenv.Clean(), "OCTOQ_OUTBOX_DSN="+s.url, "OCTOQ_REDIS_URL="+s.redis.URL(), "GOMEMLIMIT=64MiB")
	p, err := proctest.Start(filepath.Join(s.t.TempDir(), fmt.Sprintf("relay-%d.log", i)), env, command(s.t), "run")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(p.Kill)
	return p
}

// produce enqueues by 16 connections of two drivers; the channel is closed when all
// transactions have ended.
func (s *storm) produce() <-chan struct{} {
	s.t.Helper()
	db, err := sql.Open("postgres", s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = db.Close() })
	var producers sync.WaitGroup
	const connections = 16
	for i := range connections {
		producers.Go(func() {
			for n := s.next.Add(1); n <= int64(s.n) && s.t.Context().Err() == nil; n = s.next.Add(1) {
				s.produceOne(db, i%2 == 0, int(n))
				s.done.Add(1)
			}
		})
	}
	all := make(chan struct{})
	go func() { producers.Wait(); close(all) }()
	return all
}

// errRollback is returned by a transaction that is to be rolled back.
var errRollback = errors.New("rolled back on purpose")

// produceOne runs the transaction of one campaign until it is known what became of it.
func (s *storm) produceOne(db *sql.DB, byPgx bool, n int) {
	id := fmt.Sprintf("c-%07d", n)
	for s.t.Context().Err() == nil {
		var err error
		if byPgx {
			err = pgx.BeginFunc(s.t.Context(), s.pool, func(tx pgx.Tx) error { return s.write(tx, id, n) })
		} else {
			err = bySQL(s.t.Context(), db, func(tx *sql.Tx) error { return s.write(outbox.SQL(tx), id, n) })
		}
		if err == nil || errors.Is(err, errRollback) || s.committed(id) {
			return
		}
	}
}

func bySQL(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// write is the work of the transaction; each fourth one is rolled back, and one in ten
// is an alert.
func (s *storm) write(tx outbox.Tx, id string, n int) error {
	if _, err := tx.Exec(s.t.Context(), `INSERT INTO orders (id) VALUES ($1)`, id); err != nil {
		return err
	}
	item := order(id)
	if n%10 == 0 {
		item.Purpose = campaign.PurposeAlert
	}
	if _, err := outbox.Enqueue(s.t.Context(), tx, item, outbox.By("shop")); err != nil {
		return err
	}
	if n%4 == 0 {
		return errRollback
	}
	return nil
}

// committed asks the database, for as long as it takes, whether a transaction whose
// commit was not answered took place.
func (s *storm) committed(id string) bool {
	for s.t.Context().Err() == nil {
		var there bool
		if err := s.pool.QueryRow(s.t.Context(), `SELECT EXISTS (SELECT FROM orders WHERE id = $1)`, id).Scan(&there); err == nil {
			return there
		}
	}
	return false
}

// rage kills relays again and again, and PostgreSQL and Redis at certain points, until
// all transactions have ended.
func (s *storm) rage(producers <-chan struct{}) {
	s.t.Helper()
	const everyRelay = 150 * time.Millisecond
	tick := time.NewTicker(everyRelay)
	defer tick.Stop()
	points := []struct {
		at   int
		kill func()
	}{
		{s.n / 5, s.restartPostgres}, {2 * s.n / 5, s.redis.Restart}, {3 * s.n / 5, s.restartPostgres}, {4 * s.n / 5, s.redis.Restart},
	}
	for i := 0; ; i++ {
		for len(points) > 0 && s.done.Load() >= int64(points[0].at) {
			points[0].kill()
			points = points[1:]
		}
		select {
		case <-producers:
			if len(points) > 0 && s.done.Load() >= int64(points[0].at) {
				continue
			}
			return
		case <-tick.C:
			s.relays[i%len(s.relays)].Kill()
			s.killed++
			s.relays[i%len(s.relays)] = s.startRelay(i)
		}
	}
}

func (s *storm) restartPostgres() {
	s.t.Helper()
	if err := s.server.Restart(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// untilRelayed waits until the outbox is empty, for as long as it shrinks.
func (s *storm) untilRelayed() {
	s.t.Helper()
	for before := s.status(s.t).Waiting; before > 0; {
		now := before
		until(s.t, "the outbox shrinks", func() bool { now = s.status(s.t).Waiting; return now < before })
		before = now
	}
}

// compare holds what is in Redis against the truth, and returns how many were committed.
func (s *storm) compare() int {
	s.t.Helper()
	rows, err := s.pool.Query(s.t.Context(), `SELECT id FROM orders ORDER BY id`)
	if err != nil {
		s.t.Fatal(err)
	}
	want, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatal(err)
	}
	got := s.queued(s.t, campaign.DefaultAccount)
	slices.Sort(got)
	if refused := s.refused(s.t); len(refused) > 0 {
		s.t.Errorf("refused: got %v, want none", refused)
	}
	if slices.Equal(got, want) {
		return len(want)
	}
	count := map[string]int{}
	for _, id := range got {
		count[id]++
	}
	for _, id := range want {
		count[id]--
	}
	shown := 0
	for id, n := range count {
		if n != 0 && shown < 20 {
			s.t.Errorf("%s: enqueued %+d times beside what was committed", id, n)
			shown++
		}
	}
	s.t.Errorf("enqueued: got %d, committed %d", len(got), len(want))
	return len(want)
}

// peakMemory is the most that any relay that runs now has had resident, in bytes.
func (s *storm) peakMemory() int64 {
	s.t.Helper()
	var peak int64
	for _, p := range s.relays {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
		if err != nil {
			s.t.Skipf("SKIPPED: no /proc to read memory from: %v", err)
		}
		for line := range strings.Lines(string(status)) {
			var kib int64
			if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
				peak = max(peak, kib<<10)
			}
		}
	}
	return peak
}
