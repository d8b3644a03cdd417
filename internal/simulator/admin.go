package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// adminHandler serves the simulator's own endpoints. Errors are `{"error": "…"}`.
func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_sim/rules", s.postRule)
	mux.HandleFunc("GET /_sim/rules", s.getRules)
	mux.HandleFunc("DELETE /_sim/rules", s.deleteRules)
	mux.HandleFunc("DELETE /_sim/rules/{id}", s.deleteRule)
	mux.HandleFunc("GET /_sim/strict", s.getStrict)
	mux.HandleFunc("POST /_sim/strict", s.postStrict)
	mux.HandleFunc("DELETE /_sim/strict", s.deleteStrict)
	mux.HandleFunc("POST /_sim/reset", s.postReset)
	mux.HandleFunc("GET /_sim/tickets", s.getTickets)
	mux.HandleFunc("GET /_sim/log", s.getLog)
	mux.HandleFunc("GET /_sim/stats", s.getStats)
	mux.HandleFunc("GET /_sim/reports", s.getReports)
	mux.HandleFunc("POST /_sim/reports", s.postReport)
	mux.HandleFunc("GET /_sim/contacts", s.getContacts)
	mux.HandleFunc("POST /_sim/credentials", s.postCredentials)
	mux.HandleFunc("POST /_sim/balance", s.postBalance)
	return s.guard(mux)
}

// postRule takes a Rule and answers 201 with its id.
func (s *Server) postRule(w http.ResponseWriter, r *http.Request) {
	var rule Rule
	if !readAdmin(w, r, &rule) {
		return
	}
	id, err := s.AddRule(rule)
	if err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	writeBody(w, http.StatusCreated, map[string]string{"id": id})
}

func (s *Server) getRules(w http.ResponseWriter, _ *http.Request) {
	writeBody(w, http.StatusOK, s.Rules())
}

func (s *Server) deleteRules(w http.ResponseWriter, _ *http.Request) {
	s.ClearRules()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) deleteRule(w http.ResponseWriter, r *http.Request) {
	adminDone(w, s.RemoveRule(r.PathValue("id")))
}

func (s *Server) postReset(w http.ResponseWriter, _ *http.Request) {
	s.Reset()
	w.WriteHeader(http.StatusNoContent)
}

// postCredentials takes Credentials.
func (s *Server) postCredentials(w http.ResponseWriter, r *http.Request) {
	var c Credentials
	if readAdmin(w, r, &c) {
		adminDone(w, s.SetCredentials(c))
	}
}

// postBalance takes a login and an amount in euros, which must be there.
func (s *Server) postBalance(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Login  string   `json:"login"`
		Amount *float64 `json:"amount"`
	}
	if !readAdmin(w, r, &b) {
		return
	}
	if b.Amount == nil {
		adminError(w, http.StatusBadRequest, errors.New("amount is missing"))
		return
	}
	adminDone(w, s.SetBalance(b.Login, *b.Amount))
}

// readAdmin decodes a bounded JSON body strictly, or answers 400 and returns false.
func readAdmin(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return true
		}
		err = errors.New("more than one value")
	}
	adminError(w, http.StatusBadRequest, fmt.Errorf("read body: %w", err))
	return false
}

// adminDone answers 204, or says what was wrong.
func adminDone(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrUnknownAccount), errors.Is(err, ErrUnknownRule):
		adminError(w, http.StatusNotFound, err)
	default:
		adminError(w, http.StatusBadRequest, err)
	}
}

func adminError(w http.ResponseWriter, status int, err error) {
	writeBody(w, status, map[string]string{"error": err.Error()})
}
