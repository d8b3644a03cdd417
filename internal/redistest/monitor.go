package redistest

import (
	"bufio"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Monitor notes the commands that a server runs, those inside scripts included,
// by the client that caused them. It goes on behind a restart of the server.
type Monitor struct {
	tb   testing.TB
	addr string
	done chan struct{}
	work sync.WaitGroup

	mu   sync.Mutex
	conn net.Conn
	ran  map[ran][]time.Time
}

// ran is a command of a client that a server sees under an address; trial marks those
// that were run only to see whether they may be.
type ran struct {
	client, command string
	trial           bool
}

// trialMark is part of the keys of a trial.
const trialMark = ":trial:"

// Monitor begins to note, until the test ends or Stop.
func (s *Server) Monitor() *Monitor {
	s.tb.Helper()
	m := &Monitor{tb: s.tb, addr: s.Addr, done: make(chan struct{}), ran: map[ran][]time.Time{}}
	lines, err := m.open()
	if err != nil {
		s.tb.Fatalf("monitor: %v", err)
	}
	m.work.Go(func() { m.follow(lines) })
	s.tb.Cleanup(m.Stop)
	return m
}

// open asks for what the server runs, and returns once the server has confirmed that.
func (m *Monitor) open() (*bufio.Scanner, error) {
	conn, err := net.Dial("tcp", m.addr)
	if err != nil {
		return nil, err
	}
	if _, err = conn.Write([]byte("MONITOR\r\n")); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 64<<20)
	lines.Scan() // OK
	err = lines.Err()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn = conn
	select {
	case <-m.done:
		_ = conn.Close()
	default:
	}
	return lines, err
}

// follow reads until Stop, from one connection after the other.
func (m *Monitor) follow(lines *bufio.Scanner) {
	for {
		m.read(lines)
		var err error
		for lines, err = m.open(); err != nil; lines, err = m.open() {
			select {
			case <-m.done:
				return
			case <-time.After(time.Millisecond):
			}
		}
		select {
		case <-m.done:
			return
		default:
		}
	}
}

// line is what MONITOR prints: time, database, client, command, and for commands
// with subcommands the first argument.
var line = regexp.MustCompile(`^\+(\S+) \[\d+ ([^\]]+)\] "([^"]*)"(?: "([^"]*)")?`)

// read notes what one connection brings. What a script runs comes behind the
// script, whose client it belongs to.
func (m *Monitor) read(lines *bufio.Scanner) {
	client, trial := "", false
	for lines.Scan() {
		found := line.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		if found[2] != "lua" {
			client, trial = found[2], strings.Contains(lines.Text(), trialMark)
		}
		seconds, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			continue
		}
		m.note(ran{client, commandOf(found[3], found[4]), trial}, time.UnixMicro(int64(seconds*1e6)))
	}
}

// commandOf is a command as ACL rules name it.
func commandOf(name, argument string) string {
	name = strings.ToLower(name)
	switch name {
	case "client", "cluster", "command", "config", "acl", "script", "object", "memory", "xinfo", "pubsub":
		return name + "|" + strings.ToLower(argument)
	default:
		return name
	}
}

func (m *Monitor) note(r ran, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ran[r] = append(m.ran[r], at)
}

// Ran are the commands of the clients that came by an address, by name: those in
// earnest or, with trials, all.
func (m *Monitor) Ran(by *Address, trials bool) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]bool{}
	for r, times := range m.ran {
		if (trials || !r.trial) && slices.ContainsFunc(times, func(at time.Time) bool { return by.opened(r.client, at) }) {
			all[r.command] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Stop ends it. It may be called twice.
func (m *Monitor) Stop() {
	m.mu.Lock()
	select {
	case <-m.done:
	default:
		close(m.done)
	}
	_ = m.conn.Close()
	m.mu.Unlock()
	m.work.Wait()
}
