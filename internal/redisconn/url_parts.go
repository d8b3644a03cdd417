package redisconn

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// parts are those of an address, as they are written.
type parts struct {
	scheme, login, host, path, query string
	hasLogin                         bool
}

// server is the scheme of one server's address that stands for the same connections.
func (p parts) server() string {
	scheme, _, _ := strings.Cut(p.scheme, "-")
	return scheme
}

// kind is what the address leads to.
func (p parts) kind() AddressKind {
	switch {
	case strings.HasSuffix(p.scheme, "-sentinel"):
		return Sentinel
	case strings.HasSuffix(p.scheme, "-cluster"):
		return Cluster
	default:
		return Server
	}
}

// schemes are those that are known.
func schemes() []string {
	return []string{"redis", "rediss", "unix", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster"}
}

// urlFault is what is wrong with an address, "" for what is known of nothing.
func urlFault(address string) string {
	scheme, rest, reason := cutScheme(address)
	if reason != "" {
		return reason
	}
	p, reason := cutParts(scheme, rest)
	if reason != "" {
		return reason
	}
	for _, fault := range p.faults() {
		if reason := fault(); reason != "" {
			return reason
		}
	}
	return ""
}

// faults are what to look for, in this order.
func (p parts) faults() []func() string {
	switch {
	case p.scheme == "unix":
		return []func() string{p.loginFault, p.socketFault, p.queryFault}
	case p.kind() == Sentinel:
		return []func() string{p.loginFault, p.hostsFault, p.masterFault, p.queryFault}
	case p.kind() == Cluster:
		return []func() string{p.loginFault, p.hostsFault, p.noDatabaseFault, p.queryFault}
	default:
		return []func() string{p.loginFault, p.oneHostFault, p.databaseFault, p.queryFault}
	}
}

func cutScheme(address string) (scheme, rest, reason string) {
	if address == "" {
		return "", "", reasonEmpty
	}
	if strings.TrimSpace(address) != address || strings.ContainsFunc(address, unicode.IsControl) {
		return "", "", reasonSpace
	}
	scheme, rest, found := strings.Cut(address, ":")
	scheme = strings.ToLower(scheme)
	after, slashes := strings.CutPrefix(rest, "//")
	served := slices.Contains(schemes(), scheme)
	switch {
	case !found || !served && !slashes:
		return "", "", reasonNoScheme
	case served && !slashes:
		return "", "", reasonSlashes
	case served:
		return scheme, after, ""
	case strings.Contains(scheme, "sentinel"):
		return "", "", reasonSentinel
	case strings.Contains(scheme, "cluster"):
		return "", "", reasonCluster
	default:
		return "", "", reasonScheme
	}
}

// cutParts takes apart what follows the scheme. An @ behind the part that may hold a
// login says that a special character of the login has ended that part.
func cutParts(scheme, rest string) (parts, string) {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	p := parts{scheme: scheme}
	authority, tail := rest[:end], rest[end:]
	path, query, _ := strings.Cut(tail, "?")
	p.path, p.query = path, query
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		p.login, p.host, p.hasLogin = authority[:at], authority[at+1:], true
	} else {
		p.host = authority
	}
	switch {
	case strings.Contains(authority, " "):
		return p, reasonSpace
	case strings.Contains(tail, "@") && p.strays(tail):
		return p, reasonUnescaped
	case strings.Contains(rest, "#"):
		return p, reasonHash
	}
	return p, ""
}

// strays reports whether an @ of a tail belongs to a login, and not to the path of a
// socket or to the value of a parameter.
func (p parts) strays(tail string) bool {
	if strings.Contains(tail, "#") {
		return true
	}
	if p.scheme == "unix" && p.host == "" && !strings.Contains(p.query, "@") {
		return false
	}
	values, err := url.ParseQuery(p.query)
	for name := range values {
		if !slices.Contains(parameters(), name) {
			return true
		}
	}
	return err != nil || strings.Contains(p.path, "@")
}

func (p parts) loginFault() string {
	user, password, _ := strings.Cut(p.login, ":")
	_, err := url.Parse("redis://" + p.login + "@host")
	switch {
	case badEscape(p.login):
		return reasonPercent
	case p.hasLogin && err != nil:
		return reasonLogin
	case password == "" && user != "" && user != "default": // Redis's own user, and what some write for none
		return reasonUserAlone
	}
	return ""
}

// badEscape reports whether a % is not followed by two hexadecimal digits.
func badEscape(s string) bool {
	_, err := url.PathUnescape(s)
	return err != nil
}

func (p parts) hostFault() string {
	if open, shut := strings.Count(p.host, "["), strings.Count(p.host, "]"); open+shut > 0 {
		return p.bracketFault(open, shut)
	}
	host, port, ported := strings.Cut(p.host, ":")
	_, err := url.Parse("redis://" + host)
	switch {
	case host == "" && !strings.Contains(port, ":"):
		return reasonNoHost
	case strings.Contains(port, ":"):
		return reasonColons
	case err != nil, strings.ContainsAny(host, "\"'<>\\^`{|}$%*"): // such as ${HOST}, which no shell has replaced
		return reasonHost
	case ported:
		return portFault(port)
	}
	return ""
}

// bracketFault looks at a host with brackets.
func (p parts) bracketFault(open, shut int) string {
	host, port, closed := strings.Cut(strings.TrimPrefix(p.host, "["), "]")
	if open != 1 || shut != 1 || !closed || p.host[0] != '[' {
		return reasonBracket
	}
	host, _, zoned := strings.Cut(host, "%25")
	ip, err := netip.ParseAddr(host)
	if _, unread := url.Parse("redis://" + p.host[:strings.Index(p.host, "]")+1]); err != nil || !ip.Is6() || zoned && unread != nil {
		return reasonIPv6
	}
	number, ported := strings.CutPrefix(port, ":")
	switch {
	case port != "" && !ported:
		return reasonHost
	case ported:
		return portFault(number)
	}
	return ""
}

// portFault looks at what stands behind a host's colon; nothing is the usual port.
func portFault(port string) string {
	if port == "" {
		return ""
	}
	if strings.Trim(port, "0123456789") != "" {
		return reasonPort
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return reasonPortRange
	}
	return ""
}

func (p parts) databaseFault() string {
	names := strings.FieldsFunc(p.path, func(r rune) bool { return r == '/' })
	switch len(names) {
	case 0:
		return ""
	case 1:
		return numberFault(names[0])
	default:
		return reasonPath
	}
}

// numberFault looks at the number of a database, which has 31 bits in Redis.
func numberFault(number string) string {
	_, err := strconv.ParseUint(number, 10, 31)
	switch {
	case err == nil:
		return ""
	case strings.Trim(strings.TrimPrefix(number, "-"), "0123456789") == "":
		return reasonDBRange
	default:
		return reasonDB
	}
}

func (p parts) socketFault() string {
	switch {
	case p.host != "" && p.host != "localhost":
		return reasonSocket
	case strings.Trim(p.path, "/") == "":
		return reasonNoPath
	case badEscape(p.path):
		return reasonOther
	}
	return ""
}
