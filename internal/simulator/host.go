package simulator

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard keeps web pages in the user's browser from giving orders to the simulator: one that reaches it under a name of its
// own (DNS rebinding) shows in the Host header, one that asks from another site in the headers that browsers add.
func (s *Server) guard(next http.Handler) http.Handler {
	sites := http.NewCrossOriginProtection()
	sites.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		adminError(w, http.StatusForbidden, errors.New("a page of another site asked for this"))
	}))
	same := sites.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.cfg.AnyHost && !isLoopbackName(r.Host) {
			adminError(w, http.StatusMisdirectedRequest,
				errors.New("these pages are answered only as localhost or 127.0.0.1, unless octoq simulate has --beyond-loopback"))
			return
		}
		same.ServeHTTP(w, r)
	})
}

// isLoopbackName reports whether a Host header names this machine itself. It
// shares nothing with internal/loopback, which the client that is tested uses.
func isLoopbackName(header string) bool {
	host := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		host = h
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
