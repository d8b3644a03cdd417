package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/actor"
)

type callerKey struct{}

// Caller is the caller of a request: the user or the token, else the user of this process
// in open mode.
func Caller(ctx context.Context) access.Caller {
	c, _ := ctx.Value(callerKey{}).(access.Caller)
	return c
}

type stillKey struct{}

// StillAllowed reports whether the caller of a request would be let in now as it was when
// the request began, with the same roles.
func StillAllowed(ctx context.Context) bool {
	still, ok := ctx.Value(stillKey{}).(func(context.Context) bool)
	return !ok || still(ctx)
}

// calledBy notes the caller of the request, and how to find out whether that holds.
func calledBy(r *http.Request, c access.Caller, still func(context.Context) bool) *http.Request {
	return r.WithContext(context.WithValue(context.WithValue(r.Context(), callerKey{}, c), stillKey{}, still))
}

// proxyHeaders are those that proxies add, beside all that begin with X-Forwarded.
func proxyHeaders() []string {
	return []string{"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip"}
}

// administrator is the user of the settings, who may do everything.
func administrator(user string) access.Caller {
	return access.Caller{Name: actor.User(user), Kind: access.OfUser, Grants: []access.Grant{{Role: access.Admin}}, Forces: access.Live}
}

// passedOn reports whether a proxy sent a request, or it comes from another machine:
// the caller is another one then. A header of proxies counts where it is empty, too.
func passedOn(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || slices.Contains(proxyHeaders(), name) {
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
