package simulator

import (
	"fmt"
	"slices"
	"strconv"
)

// RuleState is a rule that was added, with what became of it.
type RuleState struct {
	ID   string `json:"id"`
	Hits int    `json:"hits"` // how many calls it befell so far
	Rule
}

// activeRule is a rule in the server's list. The server's mutex guards it.
type activeRule struct {
	id   string
	hits int
	rule Rule
}

func (r *activeRule) used() bool { return r.rule.Times > 0 && r.hits >= r.rule.Times }

// AddRule puts a rule behind those that are there and returns its id. A rule that makes no sense is refused with every
// reason. One that has befallen its number of calls stays in the list and matches no more.
func (s *Server) AddRule(r Rule) (string, error) {
	if err := r.validate(); err != nil {
		return "", fmt.Errorf("add rule: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastRule++
	id := strconv.Itoa(s.lastRule)
	s.rules = append(s.rules, &activeRule{id: id, rule: r})
	return id, nil
}

// RemoveRule takes one rule away, or returns ErrUnknownRule. Calls that it already befell keep their fault.
func (s *Server) RemoveRule(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.rules, func(r *activeRule) bool { return r.id == id })
	if i < 0 {
		return fmt.Errorf("%w %q", ErrUnknownRule, id)
	}
	s.rules = slices.Delete(s.rules, i, i+1)
	return nil
}

// ClearRules takes all rules away.
func (s *Server) ClearRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// Rules returns the rules in the order in which they are tried.
func (s *Server) Rules() []RuleState {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]RuleState, 0, len(s.rules))
	for _, r := range s.rules {
		list = append(list, RuleState{ID: r.id, Hits: r.hits, Rule: r.rule})
	}
	return list
}

// plan completes what is known of a call by the ticket it names, and chooses the fault that befalls it.
func (s *Server) plan(call string, q request) (request, fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q = s.complete(q)
	q.strict = s.strict
	for _, r := range s.rules {
		if !r.used() && r.rule.matches(call, q) && s.draw(r.rule.Share) {
			r.hits++
			return q, fault{kind: r.rule.Fault, rule: r.rule, ruleID: r.id}
		}
	}
	return q, s.drawShare()
}

func (s *Server) complete(q request) request {
	acc, ok := s.accounts[q.login]
	if !ok {
		return q
	}
	if t, ok := acc.tickets[q.ticket]; ok {
		q.list, q.tag, q.text = t.list, t.tag, t.text
	}
	return q
}

// draw is true for a share of its calls. Zero stands for all of them.
func (s *Server) draw(share float64) bool { return share == 0 || s.random.Float64() < share }

// drawShare chooses at most one of the configured shares.
func (s *Server) drawShare() fault {
	at := s.random.Float64()
	for _, sh := range s.cfg.Shares.list() {
		if at < sh.part {
			return fault{kind: sh.fault}
		}
		at -= sh.part
	}
	return fault{}
}
