package redisconn

import (
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrURL is an address that cannot be read. What says so gives the reason and never
// a part of the address: where the password ends is what may be wrong with it.
var ErrURL = errors.New("cannot be read")

// urlError is ErrURL with its reason.
type urlError string

func (e urlError) Error() string { return ErrURL.Error() + ": " + string(e) }

func (e urlError) Is(target error) bool { return target == ErrURL }

// Reasons for which an address cannot be read.
const (
	reasonEmpty     = "it is empty. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonNoScheme  = "it has no scheme. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonSlashes   = "two slashes are missing behind its scheme. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonScheme    = "its scheme is unknown. octoq knows redis://, rediss:// (with TLS) and unix:// (a socket)"
	reasonSentinel  = "Sentinel is not supported: this octoq connects to one server. Write redis:// with an address that leads to the primary"
	reasonCluster   = "clusters are not supported: this octoq connects to one server. Write redis:// with the address of one that is no cluster"
	reasonSpace     = "it holds a space or a control character, such as the line break of a file. Remove it; in a password, write a space as %20"
	reasonHash      = "it holds a #, and what follows would be ignored. In a user or a password, write # as %23"
	reasonUnescaped = "a special character stands in front of an @. In a user or a password, write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25"
	reasonPercent   = "a % begins no escape such as %2F. In a user or a password, write % as %25"
	reasonLogin     = "its user or password holds a special character that has to be percent-encoded, such as [ as %5B, \" as %22 or é as %C3%A9"
	reasonUserAlone = "it names a user without a password, and the user would be ignored. Write user:password@ in front of the host, or :password@ without a user"
	reasonNoHost    = "it names no host. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonBracket   = "a bracket of its host has no partner. An IPv6 address stands between [ and ], as in redis://[::1]:6379/0"
	reasonIPv6      = "what stands in its brackets is no IPv6 address, such as redis://[::1]:6379/0"
	reasonColons    = "its host holds colons. An IPv6 address stands in brackets, as in redis://[::1]:6379/0; user and password end with an @, as in user:password@host"
	reasonHost      = "its host holds a character that no host has"
	reasonPort      = "its port is no number. Write host:6379; user and password end with an @, as in user:password@host"
	reasonPortRange = "its port is out of range: want 1 to 65535"
	reasonDB        = "its database is no number. Write the number behind the host, as in redis://127.0.0.1:6379/0"
	reasonDBRange   = "its database is out of range: want 0 or more, and no more than the server has"
	reasonPath      = "too much follows its host. Only the number of a database does, as in redis://127.0.0.1:6379/0"
	reasonNoPath    = "it names no socket. Write unix:///run/redis/redis.sock, with your path"
	reasonSocket    = "a socket's path begins behind three slashes, as in unix:///run/redis/redis.sock"
	reasonQuery     = "what follows its ? cannot be read. Parameters are written as ?read_timeout=5s&pool_size=10"
	reasonParameter = "a parameter behind its ? is unknown. octoq knows those of go-redis, such as db, dial_timeout, read_timeout, write_timeout and pool_size"
	reasonTLSOnly   = "its parameter skip_verify is one of rediss:// alone"
	reasonValue     = " is a parameter whose value cannot be used" // behind its name
	reasonOther     = "want redis://, rediss:// or unix://, with special characters of the password percent-encoded"
)

// Parse reads an address as redis.ParseURL does, and refuses as well what that would
// read as something else than was meant.
func Parse(address string) (*redis.Options, error) {
	if reason := urlFault(address); reason != "" {
		return nil, urlError(reason)
	}
	opts, err := redis.ParseURL(address)
	if err != nil {
		return nil, urlError(reasonOther)
	}
	return opts, nil
}

// HasPassword reports whether an address holds a password, whether it can be read
// or not.
func HasPassword(address string) bool {
	if opts, err := Parse(address); err == nil {
		return opts.Password != ""
	}
	_, rest, found := strings.Cut(address, "://")
	if !found {
		rest = address
	}
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return false
	}
	_, password, _ := strings.Cut(rest[:at], ":")
	return password != ""
}
