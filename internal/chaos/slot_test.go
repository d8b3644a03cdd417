package chaos

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/octoq/octoq/internal/proctest"
)

// slot is the place of one worker, with its own ways to Redis and to the API.
// The goroutine that acts on it holds the lock.
type slot struct {
	sync.Mutex
	w          *world
	name       string
	redis, api *toxiproxy.Proxy // redis is nil where processes find their own way
	redisURL   string
	process    *proctest.Process
	starts     int
	more       []string // of its environment
}

// newSlot prepares the place of a worker; more is added to its environment.
func (w *world) newSlot(i int, more ...string) *slot {
	w.t.Helper()
	name := fmt.Sprint("worker", i)
	s := &slot{w: w, name: name, more: more, redisURL: w.place.url, api: w.proxy("api-"+name, w.api)}
	if w.redis != nil {
		s.redis = w.proxy("redis-"+name, w.redis.Addr)
		s.redisURL = urlOf(s.redis)
	}
	w.t.Cleanup(func() {
		if s.process != nil {
			s.process.Kill()
		}
	})
	return s
}

// start runs a worker, again and again while it ends instead of working: with Redis
// out of reach it does, and a supervisor would start it again as well.
func (s *slot) start() {
	for s.starts++; ; s.starts++ {
		log := filepath.Join(s.w.dir, fmt.Sprintf("%s.%d.log", s.name, s.starts))
		p, err := proctest.Start(log, append(env(s.redisURL, s.api.Listen), s.more...), programs.octoq, "worker")
		if err != nil {
			s.w.t.Errorf("start a worker: %v", err)
			return
		}
		s.process = p
		s.w.note("%s: process %d started", s.name, p.PID())
		if works(p) {
			return
		}
		s.w.note("%s: process %d ended at once", s.name, p.PID())
		s.w.sane(s.name, p.Log())
	}
}

// works waits until a worker works, and reports false if it ended instead. One that
// does neither for long is left to itself.
func works(p *proctest.Process) bool {
	const patience = 30 * time.Second
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, err := p.Wait(50 * time.Millisecond); err == nil {
			return false
		}
		if strings.Contains(p.Log(), `"worker works"`) {
			return true
		}
	}
	return true
}

// kill ends the worker as kill -9 does.
func (s *slot) kill() {
	s.process.Kill()
	s.w.note("%s: process %d killed", s.name, s.process.PID())
	s.w.sane(s.name, s.process.Log())
}

// stop asks the worker to end. It has to, in good order.
func (s *slot) stop() {
	const patience = 60 * time.Second
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		s.w.t.Error(err)
	}
	code, err := s.process.Wait(patience)
	s.w.note("%s: process %d ended with %d, %v", s.name, s.process.PID(), code, err)
	if err != nil || code != 0 {
		s.w.t.Errorf("%s, process %d, after SIGTERM: got exit code %d, %v, want 0", s.name, s.process.PID(), code, err)
		s.process.Kill()
	}
	s.w.sane(s.name, s.process.Log())
}
