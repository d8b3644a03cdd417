package redisconn

import (
	"net"

	"github.com/redis/go-redis/v9"
)

// AddressKind is what an address leads to.
type AddressKind int

// Kinds of addresses.
const (
	Server   AddressKind = iota // one server, or an address that moves
	Sentinel                    // sentinels, which name the server
	Cluster                     // nodes of a cluster
)

// Address says where Redis is, and how it is connected to.
type Address struct {
	Kind AddressKind
	// Options are those of each connection to a server. They may be changed until a
	// client is made of the address, but for where they lead to.
	Options *redis.Options

	hosts                          []string // with their ports
	master                         string   // as the sentinels call it
	sentinelUser, sentinelPassword string
	caFile, certFile               string // for what is said about certificates
}

// SendsPlainPassword reports whether a password travels readable: without TLS, and
// over a network, as far as local knows that from a host.
func (a *Address) SendsPlainPassword(local func(host string) bool) bool {
	o := a.Options
	if o.TLSConfig != nil || o.Network == "unix" || o.Password == "" && a.sentinelPassword == "" {
		return false
	}
	for _, addr := range a.hosts {
		if host, _, err := net.SplitHostPort(addr); err == nil && !local(host) {
			return true
		}
	}
	return false
}
