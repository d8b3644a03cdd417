package rights

import (
	"fmt"
	"strings"
)

// Section is the section of docs/redis.md about rights, without its heading.
func Section() string {
	var b strings.Builder
	b.WriteString(`Each process needs the rights of its role, and no others. These lines make a user for each; ` + "`octoq-worker`" + ` and the others
are only names. They belong into the file that Redis's ` + "`aclfile`" + ` names (` + "`user`" + ` for ` + "`ACL SETUSER`" + `, then ` + "`ACL LOAD`" + `), or are
followed by ` + "`ACL SAVE`" + `: otherwise a restart of Redis forgets them. A test runs each role's whole work under exactly its line.
`)
	for _, r := range Roles() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n```\n%s\n```\n", strings.ToUpper(string(r[:1]))+string(r[1:]), about(r), r.line())
	}
	b.WriteString("\n### Besides\n\nSome servers and settings want more:\n\n")
	for _, e := range extras() {
		fmt.Fprintf(&b, "- %s: %s\n", e.where, e.words)
	}
	b.WriteString("\n" + `Redis 6.2 does not know ` + "`%R~`" + `: write ` + "`~`" + `. A server refuses a line that names a command which it does not know, so what only
newer ones have is granted by a line of its own. ` + "`AUTH` and `HELLO`" + ` need no right. ` + "`INFO`" + ` does, and cannot be done without: see
[delivery.md](delivery.md#when-redis-may-have-forgotten).
`)
	return b.String()
}

// about says which processes have a role.
func about(r Role) string {
	switch r {
	case Producer:
		return "`octoq enqueue`, and programs that use package `enqueue` to enqueue, and to `Get` what they have enqueued. " +
			"Those that call\n`List`, `Approve` or `Cancel` are operators."
	case Worker:
		return "`octoq worker`, and programs that use package `worker`. Its health page and its metrics need nothing else."
	case Operator:
		return "The commands `status`, `list`, `approve`, `cancel`, `dead`, `hold`, `schedule`, `vouch`, `user`, `token`, `auth` and `audit`. It and `octoq web`\nalone reach `octoq-auth:`, where users, tokens, sessions and the audit log are."
	case Web:
		return "`octoq web`, with its metrics, its HTTP API, and asynq's page, on which people may pause and resume queues and run tasks."
	default:
		return "`octoq doctor`, where it has a user of its own. It tries all that a worker does, on keys that nothing else uses. To find\n" +
			"out what the user of a worker may do, run it as that user."
	}
}

// extra is what some roles need besides their lines somewhere.
type extra struct{ where, words string }

func extras() []extra {
	code := func(words []string) string { return "`" + strings.Join(words, " ") + "`" }
	return []extra{
		{"Redis 7.2 and newer, Valkey, all roles", code(Worker.Newer()) + "; without it octoq works, and `ACL LOG` notes the refusals"},
		{"Redis 7.2 and newer, Valkey, a producer or `octoq web` that waits for the disk (`Durable()`, `--durable`, `Prefer: durable`), and `user`, `token` and `auth`", "`+waitaof`"},
		{"servers before those, the same", code(grants(Producer.commands(onOlder))) + ", which lets it read the passwords in Redis's settings, too"},
		{"every node of a cluster, all roles", code(Producer.OnCluster()) + "; the worker: " + code(Worker.OnCluster()) + "; web: " + code(Web.OnCluster())},
		{"sentinels, if they want a login", "`+sentinel|master +ping`, on each of them"},
		{"a database other than 0, all roles", "`+select`"},
	}
}
