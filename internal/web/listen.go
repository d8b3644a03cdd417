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

// ErrOpen refuses an address that others reach, where they should not.
var ErrOpen = errors.New("reachable from beyond this machine")

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
// there is nothing to open. One that is not on loopback fails with ErrOpen if there is a
// reason not to open it, which says what to do (see Config.Closed). An empty host, 0.0.0.0 and [::] mean every network, and
// a host name is judged by what it resolves to.
func Listen(ctx context.Context, addr, closed string) (net.Listener, error) {
	host, port, err := split(ctx, addr)
	if err != nil {
		return nil, err
	}
	if closed != "" {
		if host, err = loopbackAddress(ctx, host, closed); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", addr, err)
		}
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if closed != "" && !onLoopback(l.Addr()) {
		_ = l.Close()
		return nil, fmt.Errorf("listen on %s: %w", addr, errOpen(l.Addr().String(), closed))
	}
	return l, nil
}

func errOpen(where, closed string) error {
	return fmt.Errorf("%s is %w, and %s, or listen on 127.0.0.1", where, ErrOpen, closed)
}

// Closed is why a server of this configuration may be reached from this machine alone,
// and what to set; "" where others may reach it, too.
func (c Config) Closed() string {
	switch {
	case c.Access == nil && !c.Login.Set():
		return "no password is set. Set OCTOQ_WEB_USER and OCTOQ_WEB_PASSWORD"
	case c.Access == nil:
		return ""
	case !c.Login.Set() && !c.Required:
		return "nobody has to sign in. Set OCTOQ_WEB_AUTH=required, or OCTOQ_WEB_USER and OCTOQ_WEB_PASSWORD"
	case c.TLS == nil && !c.Proxied:
		return "passwords and tokens would travel readable. Set OCTOQ_WEB_CERT_FILE and OCTOQ_WEB_KEY_FILE, or OCTOQ_WEB_PLAIN_HTTP=true where a proxy in front does TLS"
	default:
		return ""
	}
}

// loopbackAddress is the address a host stands for, if all of its addresses are this
// machine's own. The address is what will be bound, so that a name cannot mean
// something else the next time it is looked up.
func loopbackAddress(ctx context.Context, host, closed string) (string, error) {
	if host == "" {
		return "", errOpen("an address without a host", closed)
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
			return "", errOpen(host, closed)
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
