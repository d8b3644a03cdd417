package rights

import (
	"slices"
	"strings"
)

// Role is what a process does on Redis, by which its user needs rights.
type Role string

// The roles.
const (
	Producer Role = "producer" // package enqueue, octoq enqueue
	Worker   Role = "worker"   // package worker, octoq worker
	Operator Role = "operator" // the commands that look, decide and repair
	Web      Role = "web"      // octoq web
	Doctor   Role = "doctor"   // octoq doctor
)

// Roles are all roles.
func Roles() []Role { return []Role{Producer, Worker, Operator, Web, Doctor} }

// keys are the keys of a role, as words of ACL SETUSER. A script needs all rights to
// the keys that it is given, so a role that runs one on a key may not only read it.
func (r Role) keys() []string {
	if r == Doctor {
		return []string{"%R~octoq:*", "%R~asynq:*", "~octoq:{:trial:*", "~asynq:{:trial:*", "~octoq:{*}:schedules*", "~octoq:{*}:hold", "~octoq:{*}:workers:settings"}
	}
	all := []string{"~octoq:*", "~asynq:*"}
	if r == Operator || r == Web {
		all = append(all, "~octoq-auth:*") // users, tokens, sessions, audit log
	}
	if r == Worker || r == Web {
		all = append(all, "~octoq-hub:*") // events of all accounts
	}
	return all
}

// channels are the channels of a role, as words of ACL SETUSER.
func (r Role) channels() []string {
	if r == Worker {
		return []string{"&octoq:*", "&asynq:*"}
	}
	return []string{"&octoq:*"}
}

// Commands are the commands that a role runs on one server, and the subcommands
// behind a bar, by name. AUTH and HELLO are not among them: every user has them.
func (r Role) Commands() []string { return r.commands(everywhere) }

// Rule is what exactly a role may do on one server, as words of ACL SETUSER.
func (r Role) Rule() []string {
	return slices.Concat(r.keys(), r.channels(), grants(r.Commands()))
}

// Newer is what a role may do besides on Redis 7.2, Valkey and newer servers, which
// older ones refuse to grant.
func (r Role) Newer() []string { return grants(r.commands(onNewer)) }

// OnCluster is what a role may do besides on each node of a cluster.
func (r Role) OnCluster() []string { return grants(r.commands(onCluster)) }

// line is the command that makes a user for a role.
func (r Role) line() string {
	return "ACL SETUSER octoq-" + string(r) + " reset on >PASSWORD " + strings.Join(r.Rule(), " ")
}

// commands are those of a role that are needed somewhere, by name.
func (r Role) commands(on where) []string {
	var names []string
	for _, c := range append(table(), elsewhere()...) {
		if c.on == on && slices.Contains(c.roles, r) {
			names = append(names, c.name)
		}
	}
	slices.Sort(names)
	return names
}

// runs reports whether a role runs a command on one server.
func (r Role) runs(command string) bool { return slices.Contains(r.Commands(), command) }
