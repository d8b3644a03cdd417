package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"

	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/localuser"
)

type callerKey struct{}

// Caller names who makes a request, for timelines: the user that signed in, else the
// user of this process.
func Caller(ctx context.Context) string {
	if name, ok := ctx.Value(callerKey{}).(string); ok {
		return name
	}
	return localuser.Name()
}

// calledBy notes that a user makes the request.
func calledBy(r *http.Request, user string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, actor.User(user)))
}

// passedOn reports whether a proxy sent a request, or it comes from another machine:
// whoever asked it is somebody else then.
func passedOn(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err != nil || !addr.Unmap().IsLoopback()
}
