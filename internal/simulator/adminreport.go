package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// reportsBody is what the admin API says of reports.
type reportsBody struct {
	ReportStats
	// ByTicket counts the numbers of each ticket by the last status that was reported and taken.
	ByTicket map[string]map[string]int `json:"by_ticket"`
}

func (s *Server) getReports(w http.ResponseWriter, _ *http.Request) {
	writeBody(w, http.StatusOK, reportsBody{s.ReportStats(), s.Delivered()})
}

// orderedReport is a report on demand: of what, and what it says.
type orderedReport struct {
	Login  string         `json:"login"` // may be empty where there is one account
	Kind   string         `json:"kind"`  // deliveries, replies or optouts
	Fields map[string]any `json:"fields"`
	Times  int            `json:"times"` // how often it is sent; 0 is once
}

// postReport sends a report at once, and answers 204 once it was taken, else 502.
func (s *Server) postReport(w http.ResponseWriter, r *http.Request) {
	var o orderedReport
	if !readAdmin(w, r, &o) {
		return
	}
	to, err := s.callbackOf(o.Login, o.Kind)
	if err != nil {
		adminDone(w, err)
		return
	}
	for range max(o.Times, 1) {
		if err := s.post(r.Context(), to, o.Fields); err != nil {
			adminError(w, http.StatusBadGateway, fmt.Errorf("the report was not taken: %w", err))
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// callbackOf is where reports of a kind go for an account.
func (s *Server) callbackOf(login, kind string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acc, err := s.accountNamed(login)
	if err != nil {
		return "", err
	}
	kinds := []string{"deliveries", "replies", "optouts"}
	i := slices.Index(kinds, kind)
	if i < 0 {
		return "", fmt.Errorf("kind must be one of %v, got %q", kinds, kind)
	}
	to := []string{acc.callbacks.Deliveries, acc.callbacks.Inbounds, acc.callbacks.OptOuts}[i]
	if to == "" {
		return "", errors.New("the account has no address for it")
	}
	return to, nil
}
