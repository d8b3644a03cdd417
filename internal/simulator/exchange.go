package simulator

import (
	"context"
	"net/http"
	"time"
)

// exchange is one call from its arrival to its answer.
type exchange struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	login  string
	strict strictness
	seq    int64
	ended  bool
}

// serveAPI takes one call through: journal, fault, service, answer.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	ep, wrong := route(r)
	e := &exchange{server: s, w: w, r: r, login: r.Header.Get("api-login")}
	e.seq = s.journal.begin(arrival(r, ep, e.login))
	defer e.end(func(*Call) {})
	if wrong != nil {
		if ep.method != "" {
			w.Header().Set("Allow", ep.method)
		}
		e.reply(*wrong)
		return
	}
	req, f := s.plan(ep.call, readRequest(w, r, ep))
	e.strict = req.strict
	s.journal.describe(e.seq, req, f)
	before, after := f.waits()
	if !e.wait(s.jittered() + before) {
		return
	}
	var own answer
	if f.carriesOut() {
		own = s.carryOut(ep, req, f)
		s.journal.carried(e.seq, ep.call, own)
	}
	if e.wait(after) {
		e.deliver(f, own)
	}
}

// arrival is what the journal knows of a call before its body. Of one that no service answers, method and path say what
// the client got wrong.
func arrival(r *http.Request, ep endpoint, login string) Call {
	c := Call{Call: ep.call, Login: login}
	if ep.call == CallUnknown {
		c.Method, c.Path = r.Method, r.URL.Path
	}
	return c
}

// carryOut lets the service do what is asked, if the caller may.
func (s *Server) carryOut(ep endpoint, q request, f fault) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	acc, refusal := s.authenticate(q)
	if refusal != nil {
		return *refusal
	}
	if q.bad != nil {
		return *q.bad
	}
	return ep.run(s, acc, q, f)
}

// jittered returns the configured latency of one call.
func (s *Server) jittered() time.Duration {
	if s.cfg.Jitter == 0 {
		return s.cfg.Latency
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg.Latency + time.Duration(s.random.Int64N(int64(s.cfg.Jitter)+1))
}

// wait returns true after d, or drops the call and returns false if the client goes away or the server stops before.
func (e *exchange) wait(d time.Duration) bool {
	if d <= 0 || pause(e.r.Context(), d) {
		return true
	}
	e.drop()
	return false
}

// pause returns true after d, and false at once when ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// end closes the journal's entry, once. It comes before the answer is written, so that a client that has read an answer finds the
// call ended: its next call is not taken for a parallel one.
func (e *exchange) end(note func(*Call)) {
	if e.ended {
		return
	}
	e.ended = true
	e.server.journal.end(e.seq, e.login, note)
}
