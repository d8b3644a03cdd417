package redisconn

import (
	"net"
	"strings"
)

// Ports that are meant where none is written.
const (
	serverPort   = "6379"
	sentinelPort = "26379"
)

// oneHostFault looks at the host of one server.
func (p parts) oneHostFault() string {
	if strings.Contains(p.host, ",") {
		return reasonHosts
	}
	return p.hostFault()
}

// hostsFault looks at each of several hosts.
func (p parts) hostsFault() string {
	all := strings.Split(p.host, ",")
	for _, host := range all {
		if host == "" && len(all) > 1 {
			return reasonEmptyHost
		}
		one := p
		one.host = host
		if reason := one.hostFault(); reason != "" {
			return reason
		}
	}
	return ""
}

// hosts are all hosts with their ports.
func (p parts) hosts() []string {
	var all []string
	for host := range strings.SplitSeq(p.host, ",") {
		all = append(all, p.withPort(host))
	}
	return all
}

func (p parts) withPort(host string) string {
	port := serverPort
	if p.kind() == Sentinel {
		port = sentinelPort
	}
	host = strings.TrimSuffix(host, ":")
	if at := strings.LastIndex(host, ":"); at > strings.LastIndex(host, "]") {
		host, port = host[:at], host[at+1:]
	}
	host = strings.ReplaceAll(strings.Trim(host, "[]"), "%25", "%")
	return net.JoinHostPort(host, port)
}

// masterAndDatabase are what follows the hosts of sentinels.
func (p parts) masterAndDatabase() (master, database string, more bool) {
	names := strings.FieldsFunc(p.path, func(r rune) bool { return r == '/' })
	switch len(names) {
	case 0:
		return "", "", false
	case 1:
		return names[0], "", false
	default:
		return names[0], names[1], len(names) > 2
	}
}

// masterFault looks at the master's name, and at the database behind it.
func (p parts) masterFault() string {
	master, database, more := p.masterAndDatabase()
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_" // sentinels refuse others
	switch {
	case master == "":
		return reasonNoMaster
	case strings.Trim(master, letters) != "":
		return reasonMaster
	case more:
		return reasonSentinelPath
	case database != "":
		return sentinelReason(numberFault(database))
	}
	return ""
}

// sentinelReason is a reason about a database, where that stands behind a master.
func sentinelReason(reason string) string {
	if reason == reasonDB {
		return reasonSentinelDB
	}
	return reason
}

// noDatabaseFault looks for a database, of which a cluster has one alone.
func (p parts) noDatabaseFault() string {
	if strings.Trim(p.path, "/") != "" {
		return reasonClusterDB
	}
	return ""
}
