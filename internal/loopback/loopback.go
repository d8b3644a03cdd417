// Package loopback knows the names of the machine itself. It looks nothing up.
//
// The simulator has such a check of its own: it shares nothing with the client
// that it tests.
package loopback

import (
	"net"
	"net/netip"
	"strings"
)

// IsHost reports whether a host is the machine itself: localhost, 127.0.0.0/8 or
// ::1, without a port.
func IsHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// IsHostHeader reports whether a Host header names the machine itself, with or
// without a port.
func IsHostHeader(header string) bool {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return IsHost(host)
	}
	return IsHost(strings.TrimSuffix(strings.TrimPrefix(header, "["), "]"))
}
