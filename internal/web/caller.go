package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/actor"
)

type callerKey struct{}

// Caller is who makes a request: the user or the token, else whoever uses this process
// in open mode.
func Caller(ctx context.Context) access.Caller {
	c, _ := ctx.Value(callerKey{}).(access.Caller)
	return c
}

// calledBy notes who makes the request.
func calledBy(r *http.Request, c access.Caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// administrator is the user of the settings, who may do everything.
func administrator(user string) access.Caller {
	return access.Caller{Name: actor.User(user), Kind: access.OfUser, Grants: []access.Grant{{Role: access.Admin}}, Forces: access.Live}
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
