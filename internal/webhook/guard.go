package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/octoq/octoq/internal/loopback"
)

// ErrInner is returned for an address that requests may not reach.
var ErrInner = errors.New("an inner address, which OCTOQ_WEBHOOK_ALLOW does not have")

// ErrPlain is returned for http to an address that is not allowed by name.
var ErrPlain = errors.New("http is for addresses of OCTOQ_WEBHOOK_ALLOW alone: use https")

// AddressGuard knows which addresses requests may reach: those of the internet, and those that
// the settings allow besides. The zero AddressGuard allows none besides.
type AddressGuard struct{ allow []netip.Prefix }

// NewAddressGuard makes an AddressGuard that allows CIDRs besides, with commas between them.
func NewAddressGuard(cidrs string) (AddressGuard, error) {
	var g AddressGuard
	for text := range strings.SplitSeq(cidrs, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return AddressGuard{}, fmt.Errorf("%q is no CIDR, such as 10.1.2.0/24 or fd00:1::/64", text)
		}
		g.allow = append(g.allow, p.Masked())
	}
	return g, nil
}

// Check returns nil if a request by a scheme may reach an address, else ErrInner or
// ErrPlain.
func (g AddressGuard) Check(scheme string, addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	switch {
	case slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(addr) }):
		return nil
	case !isPublic(addr):
		return ErrInner
	case scheme != "https":
		return ErrPlain
	default:
		return nil
	}
}

// inner are the ranges of IPv4 that are not of the internet, and of IPv6 those within
// 2000::/3 that are not, or in which an IPv4 address hides.
func inner() []netip.Prefix {
	texts := []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	}
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// isPublic reports whether an address is one of the internet. All of those in IPv6 are
// in 2000::/3.
func isPublic(addr netip.Addr) bool {
	if addr.Is6() && !netip.MustParsePrefix("2000::/3").Contains(addr) {
		return false
	}
	return !slices.ContainsFunc(inner(), func(p netip.Prefix) bool { return p.Contains(addr) })
}

// control is the Control of a dialer: it sees each address after names were resolved,
// before anything is sent there.
func (g AddressGuard) control(scheme string) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return ErrInner
		}
		return g.Check(scheme, to.Addr())
	}
}

// maxURL is how many bytes a URL has at most.
const maxURL = 2048

// CheckURL refuses what is no URL for a webhook. What a name leads to is looked at when
// a request is made, each time.
func (g AddressGuard) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, len(text) > maxURL, strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fmt.Errorf("is no URL of at most %d characters", maxURL)
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("begins neither with https:// nor with http://")
	case u.Hostname() == "", u.Opaque != "":
		return errors.New("names no host")
	case u.User != nil:
		return errors.New("has a user or a password in it: the signature says who sends")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return errors.New("has a fragment, which is not sent")
	}
	return g.checkHost(u)
}

// checkHost refuses inner addresses that are written as such.
func (g AddressGuard) checkHost(u *url.URL) error {
	host := u.Hostname()
	addr, err := netip.ParseAddr(host)
	if err == nil {
		return g.Check(u.Scheme, addr)
	}
	lower := strings.TrimSuffix(strings.ToLower(host), ".")
	if loopback.IsHost(lower) || strings.HasSuffix(lower, ".localhost") {
		if !slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Addr().IsLoopback() }) {
			return ErrInner
		}
		return nil
	}
	if u.Scheme == "http" && len(g.allow) == 0 {
		return ErrPlain
	}
	return checkNumber(lower)
}

// checkNumber refuses hosts that some resolvers read as an IPv4 address in another
// notation, such as 0x7f.1.
func checkNumber(host string) error {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return errors.New("has a host that is neither a name nor an address")
	}
	return nil
}
