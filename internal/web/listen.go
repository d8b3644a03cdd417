package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"

	"github.com/octoq/octoq/internal/loopback"
)

// ErrOpen refuses an address that others reach when there is no password.
var ErrOpen = errors.New("reachable from beyond this machine, and no password is set")

// ErrAddress refuses what is no address at all.
var ErrAddress = errors.New("want host:port, such as 127.0.0.1:8080")

// CheckAddress reports whether an address has a host, which may be empty, and a
// port. It fails with ErrAddress.
func CheckAddress(ctx context.Context, addr string) error {
	_, _, err := split(ctx, addr)
	return err
}

func split(ctx context.Context, addr string) (host, port string, err error) {
	if host, port, err = net.SplitHostPort(addr); err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return "", "", fmt.Errorf("listen on %q: %w", addr, ErrAddress)
	}
	return host, port, nil
}

// Listen opens an address such as 127.0.0.1:8080; it fails with ErrAddress when
// there is nothing to open. One that is not on loopback wants a login; without,
// it fails with ErrOpen. An empty host, 0.0.0.0 and [::] mean every network, and
// a host name is judged by what it resolves to.
func Listen(ctx context.Context, addr string, login Login) (net.Listener, error) {
	host, port, err := split(ctx, addr)
	if err != nil {
		return nil, err
	}
	if !login.Set() {
		if host, err = loopbackAddress(ctx, host); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", addr, err)
		}
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if !login.Set() && !onLoopback(l.Addr()) {
		_ = l.Close()
		return nil, fmt.Errorf("listen on %s: %w", addr, errOpen(l.Addr().String()))
	}
	return l, nil
}

func errOpen(where string) error {
	return fmt.Errorf("%s is %w. Set OCTOQ_WEB_USER and OCTOQ_WEB_PASSWORD, or listen on 127.0.0.1", where, ErrOpen)
}

// loopbackAddress is the address a host stands for, if all of its addresses are this
// machine's own. The address is what will be bound, so that a name cannot mean
// something else the next time it is looked up.
func loopbackAddress(ctx context.Context, host string) (string, error) {
	if host == "" {
		return "", errOpen("an address without a host")
	}
	addrs := []string{host}
	if _, err := netip.ParseAddr(host); err != nil {
		var resolver net.Resolver
		if addrs, err = resolver.LookupHost(ctx, host); err != nil {
			return "", fmt.Errorf("look up %s: %w", host, err)
		}
	}
	chosen := addrs[0]
	for _, a := range addrs {
		ip, err := netip.ParseAddr(a)
		switch {
		case err != nil || !ip.IsLoopback():
			return "", errOpen(host)
		case ip.Is4(): // as Go chooses; not every machine has IPv6
			chosen = a
		}
	}
	return chosen, nil
}

func onLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// onlyOurHost refuses requests that were addressed to another name. A page of
// another site can give its own name this machine's address and then ask from
// the user's browser; the Host header gives it away. What a proxy passes on is
// refused as well: it may be anybody's.
func onlyOurHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback.IsHostHeader(r.Host) || passedOn(r) {
			http.Error(w, "Without a password, this is answered only as localhost or 127.0.0.1, and without a proxy. "+
				"Set OCTOQ_WEB_USER and OCTOQ_WEB_PASSWORD to use another name or a proxy.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
