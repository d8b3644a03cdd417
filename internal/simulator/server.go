package simulator

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// Server is one simulated API. It is an http.Handler, safe for concurrent use, and ends no goroutine late because it
// starts none outside Run.
type Server struct {
	cfg     Config
	journal *journal
	admin   http.Handler
	reports *reportQueue

	mu         sync.Mutex // guards what follows
	accounts   map[string]*account
	rules      []*activeRule
	lastRule   int
	lastTicket int64
	random     *rand.Rand
	strict     strictness
	words      *rand.Rand // for StrictWords
	reporting  *rand.Rand
}

// New returns a server in its first state. The configuration is copied; every fault in it is reported at once.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure simulator: %w", err)
	}
	s := &Server{cfg: cfg, reports: newReportQueue(cfg.Reports.Parallel)}
	s.begin()
	s.journal = newJournal(cfg)
	s.admin = s.adminHandler()
	return s, nil
}

// ServeHTTP answers the API below /v1/public and the simulator's own endpoints below /_sim.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.admin.ServeHTTP(w, r)
		return
	}
	s.serveAPI(w, r)
}

// Reset brings the server back to its first state: no rules, tickets, request_ids and journal; credentials, balances,
// strictness and the random sequences as configured. Ids already given out are not given again, and calls in flight stay counted.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin()
	s.journal.reset()
}

// begin sets what a reset brings back.
func (s *Server) begin() {
	s.accounts = newAccounts(s.cfg.Accounts, s.cfg.Reports.URL)
	s.rules = nil
	s.random = rand.New(rand.NewPCG(s.cfg.Seed, 0))
	s.words = rand.New(rand.NewPCG(s.cfg.Seed, 1))
	s.reporting = rand.New(rand.NewPCG(s.cfg.Seed, 2))
	s.strict, _ = newStrictness(s.cfg.Strict) // New has found the names known
}
