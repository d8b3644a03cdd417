package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// slowdown makes guessing slow: after a few wrong tries a caller has to wait before the
// next try, twice as long each time. It counts by address and user together, and by
// address alone, so the right user gets in from elsewhere while another caller guesses. It
// knows what came to this process.
type slowdown struct {
	mu    sync.Mutex
	tries map[string]*tries
}

// tries are those in a row that were wrong.
type tries struct {
	wrong int
	last  time.Time
}

const (
	freeByBoth    = 5  // wrong tries by one address for one user before it waits
	freeByAddress = 20 // and by one address for whomever
	longestWait   = time.Minute
	triesForget   = 15 * time.Minute // after the last wrong one
	maxTries      = 20_000           // of which this many are remembered
)

func newSlowdown() *slowdown { return &slowdown{tries: map[string]*tries{}} }

// wait is how long an address has to wait before it may try to sign in as a user.
func (s *slowdown) wait(address, user string, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting(address, user, now)
}

func (s *slowdown) waiting(address, user string, now time.Time) time.Duration {
	return max(s.left(address+" "+user, freeByBoth, now), s.left(address, freeByAddress, now))
}

// begin counts a try as a wrong one before the password is compared, so that many tries
// at once are no way around the wait; right and undo take it back. Where it returns a
// wait, the try is not counted, and not to be made.
func (s *slowdown) begin(address, user string, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := s.waiting(address, user, now)
	if wait == 0 {
		s.count(address, user, now)
	}
	return wait
}

// compare is begin for a password that is compared in no time: tries wait for each other.
func (s *slowdown) compare(address, user string, now time.Time, admits func() bool) (wait time.Duration, admitted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait = s.waiting(address, user, now); wait > 0 {
		return wait, false
	}
	if admitted = admits(); !admitted {
		s.count(address, user, now)
	}
	return 0, admitted
}

func (s *slowdown) left(name string, free int, now time.Time) time.Duration {
	t := s.tries[name]
	if t == nil || t.wrong < free || now.Sub(t.last) > triesForget {
		return 0
	}
	const doublings = 6
	wait := min(time.Second<<min(t.wrong-free, doublings), longestWait)
	return max(t.last.Add(wait).Sub(now), 0)
}

// wrong notes a wrong try.
func (s *slowdown) wrong(address, user string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(address, user, now)
}

func (s *slowdown) count(address, user string, now time.Time) {
	for _, name := range []string{address + " " + user, address} {
		t := s.tries[name]
		if t == nil || now.Sub(t.last) > triesForget {
			s.makeRoom(now)
			t = &tries{}
			s.tries[name] = t
		}
		t.wrong, t.last = t.wrong+1, now
	}
}

// makeRoom forgets what is over, and anything else if that does not suffice.
func (s *slowdown) makeRoom(now time.Time) {
	if len(s.tries) < maxTries {
		return
	}
	for name, t := range s.tries {
		if now.Sub(t.last) > triesForget {
			delete(s.tries, name)
		}
	}
	for name := range s.tries {
		if len(s.tries) < maxTries {
			return
		}
		delete(s.tries, name)
	}
}

// right takes back a try that was right, and forgets what the address got wrong for the
// user.
func (s *slowdown) right(address, user string) {
	s.undo(address, user)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, address+" "+user)
}

// undo takes back a try whose password could not be compared.
func (s *slowdown) undo(address, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{address + " " + user, address} {
		if t := s.tries[name]; t != nil && t.wrong > 0 {
			t.wrong--
		}
	}
}

// addressOf is where a request comes from: behind a proxy, what the proxy has added last
// to X-Forwarded-For. An IPv6 network counts as one: a caller with one address there has all
// of them.
func addressOf(r *http.Request, proxied bool) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if passed := r.Header.Values("X-Forwarded-For"); proxied && len(passed) > 0 {
		all := strings.Split(passed[len(passed)-1], ",")
		host = strings.TrimSpace(all[len(all)-1])
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return clipName(host)
	}
	const network = 64
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		if p, err := addr.Prefix(network); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
