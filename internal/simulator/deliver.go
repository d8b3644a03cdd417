package simulator

import (
	"net"
	"net/http"
	"strings"
)

// deliver sends the client what the fault leaves of the service's own answer.
func (e *exchange) deliver(f fault, own answer) {
	switch f.kind {
	case FaultDropBefore, FaultDropAfter:
		e.drop()
	case FaultHang:
		pause(e.r.Context(), e.server.cfg.MaxHang)
		e.drop()
	case FaultGarbage:
		e.garbage(withBody(own.status))
	case FaultHuge:
		e.huge(withBody(own.status), e.styled(own.body))
	default:
		e.reply(f.replace(own, e.server.cfg))
	}
}

// reply gives an answer as it is.
func (e *exchange) reply(a answer) {
	e.end(func(c *Call) { c.HTTPStatus, c.Code = a.status, a.code })
	a.body = e.styled(a.body)
	a.write(e.w)
}

// styled returns a body in the form that the strictness of the call gives it.
func (e *exchange) styled(body any) any {
	if e.strict.has(StrictStrings) {
		return numbersAsStrings(body)
	}
	return body
}

// drop resets the connection. The journal has status 0 for it, and knows whether the client had gone before.
func (e *exchange) drop() {
	abandoned := e.r.Context().Err() != nil
	e.end(func(c *Call) { c.Abandoned = abandoned })
	sever(e.w)
}

// garbage answers with what no JSON decoder takes.
func (e *exchange) garbage(status int) {
	e.end(func(c *Call) { c.HTTPStatus = status })
	writeBody(e.w, status, "\x1f\x8b<html><body>It works!</bo")
}

// huge answers with valid JSON of the configured size, whose end has the fields of the true answer: a client that reads a bounded
// part of it learns nothing.
func (e *exchange) huge(status int, body any) {
	e.end(func(c *Call) { c.HTTPStatus = status })
	tail := `"`
	if own := encode(body); strings.HasPrefix(own, "{") {
		tail += "," + own[1:]
	} else {
		tail += "}"
	}
	head := `{"padding":"`
	e.w.Header().Set("Content-Type", "application/json")
	e.w.WriteHeader(status)
	_, _ = e.w.Write([]byte(head))
	if !e.pad(e.server.cfg.HugeSize - len(head) - len(tail)) {
		sever(e.w) // what was cut short must not look complete
		return
	}
	_, _ = e.w.Write([]byte(tail))
}

// pad writes n bytes in small pieces and reports whether the client took them all.
func (e *exchange) pad(n int) bool {
	piece := []byte(strings.Repeat("x", 32<<10))
	for ; n > 0; n -= len(piece) {
		if _, err := e.w.Write(piece[:min(n, len(piece))]); err != nil || e.r.Context().Err() != nil {
			return false
		}
	}
	return true
}

// withBody returns a status that may have a body: 204 may not.
func withBody(status int) int {
	if status == http.StatusNoContent {
		return http.StatusOK
	}
	return status
}

// sever resets the connection below a call. Where it cannot be had, as in HTTP/2, net/http is asked to abort the call.
func sever(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	lingerer := conn
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		lingerer = wrapped.NetConn()
	}
	if tcp, ok := lingerer.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an orderly end
	}
	_ = conn.Close()
}
