package redisconn

import (
	"errors"
	"net/url"
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
	reasonEmpty        = "it is empty. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonNoScheme     = "it has no scheme. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonSlashes      = "two slashes are missing behind its scheme. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonScheme       = "its scheme is unknown. octoq knows redis://, redis-sentinel:// and redis-cluster://, rediss:// and so on with TLS, and unix:// (a socket)"
	reasonSentinel     = "sentinels are written as redis-sentinel://host:26379,host:26379/MASTER, and with TLS as rediss-sentinel://"
	reasonCluster      = "a cluster is written as redis-cluster://host:6379,host:6379, and with TLS as rediss-cluster://"
	reasonSpace        = "it holds a space or a control character, such as the line break of a file. Remove it; in a password, write a space as %20"
	reasonHash         = "it holds a #, and what follows would be ignored. In a user or a password, write # as %23"
	reasonUnescaped    = "a special character stands in front of an @. In a user or a password, write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25"
	reasonPercent      = "a % begins no escape such as %2F. In a user or a password, write % as %25"
	reasonLogin        = "its user or password holds a special character that has to be percent-encoded, such as [ as %5B, \" as %22 or é as %C3%A9"
	reasonUserAlone    = "it names a user without a password, and the user would be ignored. Write user:password@ in front of the host, or :password@ without a user"
	reasonNoHost       = "it names no host. Write redis://127.0.0.1:6379/0, with your host, port and database"
	reasonHosts        = "it names several hosts. Write redis-sentinel:// for sentinels or redis-cluster:// for a cluster; for one server, name its host alone"
	reasonEmptyHost    = "one of its hosts is missing. Write one comma between two of them, as in host:26379,host:26379"
	reasonNoMaster     = "it does not name the master. Write redis-sentinel://host:26379,host:26379/MASTER, with the name by which the sentinels know it"
	reasonMaster       = "its master has a name that no sentinel takes: letters, digits and . - _ alone. It follows the hosts, as in redis-sentinel://host:26379/MASTER/0"
	reasonBracket      = "a bracket of its host has no partner. An IPv6 address stands between [ and ], as in redis://[::1]:6379/0"
	reasonIPv6         = "what stands in its brackets is no IPv6 address, such as redis://[::1]:6379/0"
	reasonColons       = "its host holds colons. An IPv6 address stands in brackets, as in redis://[::1]:6379/0; user and password end with an @, as in user:password@host"
	reasonHost         = "its host holds a character that no host has"
	reasonPort         = "its port is no number. Write host:6379; user and password end with an @, as in user:password@host"
	reasonPortRange    = "its port is out of range: want 1 to 65535"
	reasonDB           = "its database is no number. Write the number behind the host, as in redis://127.0.0.1:6379/0"
	reasonDBRange      = "its database is out of range: want 0 or more, and no more than the server has"
	reasonPath         = "too much follows its host. Only the number of a database does, as in redis://127.0.0.1:6379/0"
	reasonClusterDB    = "a cluster has no databases to choose from: nothing but parameters follows its hosts"
	reasonNoPath       = "it names no socket. Write unix:///run/redis/redis.sock, with your path"
	reasonSocket       = "a socket's path begins behind three slashes, as in unix:///run/redis/redis.sock"
	reasonQuery        = "what follows its ? cannot be read. Parameters are written as ?read_timeout=5s&pool_size=10"
	reasonParameter    = "a parameter behind its ? is unknown. octoq knows those of go-redis, such as db, dial_timeout, read_timeout, write_timeout and pool_size"
	reasonTLSOnly      = "its parameter skip_verify is one of rediss://, rediss-sentinel:// and rediss-cluster:// alone"
	reasonSentinelOnly = "its parameters sentinel_username and sentinel_password are those of redis-sentinel:// and rediss-sentinel:// alone"
	reasonSentinelDB   = "its database is no number. Write the number behind the master, as in redis-sentinel://host:26379/MASTER/0"
	reasonSentinelPath = "too much follows its hosts. Only the master and the number of a database do, as in redis-sentinel://host:26379/MASTER/0"
	reasonValue        = " is a parameter whose value cannot be used" // behind its name
	reasonOther        = "want redis://, rediss://, unix://, redis-sentinel:// or redis-cluster://, with special characters of the password percent-encoded"
)

// Parse reads an address: that of one server as redis.ParseURL does, and those of
// sentinels and of clusters likewise. It refuses as well what that would read as
// something else than was meant.
func Parse(address string) (*Address, error) {
	if reason := urlFault(address); reason != "" {
		return nil, urlError(reason)
	}
	scheme, rest, _ := cutScheme(address)
	p, _ := cutParts(scheme, rest)
	if p.kind() == Server {
		opts, err := redis.ParseURL(address)
		if err != nil {
			return nil, urlError(reasonOther)
		}
		return &Address{Options: opts, hosts: []string{opts.Addr}}, nil
	}
	return parseHosts(p)
}

// parseHosts reads an address with several hosts. What is the same for each of them
// is read as the address of one server.
func parseHosts(p parts) (*Address, error) {
	values, _ := url.ParseQuery(p.query)
	a := &Address{Kind: p.kind(), hosts: p.hosts(), sentinelUser: values.Get(sentinelUsername), sentinelPassword: values.Get(sentinelPassword)}
	values.Del(sentinelUsername)
	values.Del(sentinelPassword)
	path := ""
	if a.Kind == Sentinel {
		var database string
		a.master, database, _ = p.masterAndDatabase()
		path = "/" + database
	}
	one := p.server() + "://"
	if p.hasLogin {
		one += p.login + "@"
	}
	opts, err := redis.ParseURL(one + "host" + path + "?" + values.Encode())
	if err != nil {
		return nil, urlError(reasonOther)
	}
	if opts.TLSConfig != nil {
		opts.TLSConfig.ServerName = "" // each host has its own
	}
	opts.Addr = strings.Join(a.hosts, ",")
	a.Options = opts
	return a, nil
}

// HasPassword reports whether an address holds a password, whether it can be read
// or not.
func HasPassword(address string) bool {
	if a, err := Parse(address); err == nil {
		return a.Options.Password != "" || a.sentinelPassword != ""
	}
	_, rest, found := strings.Cut(address, "://")
	if !found {
		rest = address
	}
	if strings.Contains(rest, sentinelPassword+"=") {
		return true
	}
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return false
	}
	_, password, _ := strings.Cut(rest[:at], ":")
	return password != ""
}
