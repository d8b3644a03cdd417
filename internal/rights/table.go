package rights

import "slices"

// where says of which servers a command is needed.
type where int

const (
	everywhere where = iota
	onNewer          // Redis 7.2, Valkey 7.2 and newer; older ones refuse a rule that names it
	onOlder          // servers before those
	onCluster        // every node of a cluster
)

// command is a right to one command.
type command struct {
	name  string // as ACL SETUSER has it, subcommands behind a bar
	roles []Role
	on    where
	// sample is what a trial in a script passes to it, in Lua with a comma in front; the
	// variables are those of scriptHead. It is "" for what no script runs.
	sample string
}

// noArguments is the sample of a command without any.
const noArguments = " "

// table is all that octoq runs on every server. Samples follow each other: one finds what those
// above it have written.
func table() []command {
	return slices.Concat(servers(), values(), collections(), streamsAndKeys())
}

// tries are roles whose commands doctor tries.
func tries(roles ...Role) []Role { return append(roles, Doctor) }

// servers are what is asked of the server, or runs others.
func servers() []command {
	all := Roles()
	return []command{
		{name: "ping", roles: all},
		{name: "eval", roles: all},
		{name: "evalsha", roles: all},
		{name: "multi", roles: tries(Worker)},
		{name: "exec", roles: tries(Worker)},
		{name: "watch", roles: []Role{Producer, Operator, Web}},
		{name: "unwatch", roles: []Role{Producer, Operator, Web}},
		{name: "wait", roles: []Role{Producer, Operator, Web}},
		{name: "publish", roles: all},
		{name: "subscribe", roles: tries(Worker)},
		{name: "unsubscribe", roles: tries(Worker)},
		{name: "memory|usage", roles: []Role{Web}},
		{name: "config|get", roles: []Role{Doctor}},

		{name: "info", roles: all, sample: `, 'server'`},
		{name: "time", roles: all, sample: noArguments},
	}
}

// values are those of texts and hashes.
func values() []command {
	all := Roles()
	return []command{
		{name: "set", roles: all}, // scriptHead tries it
		{name: "setex", roles: tries(Worker), sample: `, text, 10, '1'`},
		{name: "get", roles: tries(Worker, Operator, Web), sample: `, text`},
		{name: "incr", roles: tries(Worker), sample: `, text`},
		{name: "incrby", roles: tries(Worker, Operator, Web), sample: `, text, 1`},

		{name: "hset", roles: all, sample: `, hash, 'field', '1'`},
		{name: "hget", roles: tries(Worker, Operator, Web), sample: `, hash, 'field'`},
		{name: "hmget", roles: all, sample: `, hash, 'field'`},
		{name: "hgetall", roles: all, sample: `, hash`},
		{name: "hincrby", roles: tries(Worker, Operator, Web), sample: `, hash, 'field', 1`},
		{name: "hstrlen", roles: tries(Worker), sample: `, hash, 'field'`},
		{name: "hexists", roles: []Role{Operator, Web}, sample: `, hash, 'field'`},
		{name: "hvals", roles: []Role{Operator, Web, Doctor}, sample: `, hash`},
		{name: "hdel", roles: tries(Worker, Operator, Web), sample: `, hash, 'field'`},
	}
}

// collections are those of lists, sets and sorted sets.
func collections() []command {
	all := Roles()
	return []command{
		{name: "rpush", roles: tries(Worker, Operator, Web), sample: `, list, '1'`},
		{name: "lpush", roles: all, sample: `, list, '1'`},
		{name: "lrange", roles: all, sample: `, list, 0, -1`},
		{name: "llen", roles: []Role{Worker, Operator, Web, Doctor}, sample: `, list`},
		{name: "lpos", roles: tries(Worker, Operator, Web), sample: `, list, '1'`},
		{name: "lindex", roles: tries(Worker, Operator, Web), sample: `, list, 0`},
		{name: "lset", roles: tries(Worker, Operator, Web), sample: `, list, 0, '1'`},
		{name: "ltrim", roles: tries(Worker, Operator, Web), sample: `, list, 0, -1`},
		{name: "rpoplpush", roles: tries(Worker), sample: `, list, list`},
		{name: "lrem", roles: tries(Worker, Operator, Web), sample: `, list, 1, '1'`},

		{name: "sadd", roles: tries(Producer, Worker, Operator, Web), sample: `, set, '1'`},
		{name: "smembers", roles: all, sample: `, set`},
		{name: "sismember", roles: []Role{Operator, Web}, sample: `, set, '1'`},
		{name: "smismember", roles: tries(Producer, Operator, Web), sample: `, set, '1'`},
		{name: "srem", roles: tries(Worker, Operator), sample: `, set, '1'`},

		{name: "zadd", roles: tries(Producer, Worker, Operator, Web), sample: `, sorted, 1, '1'`},
		{name: "zscore", roles: all, sample: `, sorted, '1'`},
		{name: "zmscore", roles: []Role{Operator, Web}, sample: `, sorted, '1'`},
		{name: "zcard", roles: []Role{Worker, Operator, Web, Doctor}, sample: `, sorted`},
		{name: "zrange", roles: tries(Worker, Operator, Web), sample: `, sorted, 0, -1`},
		{name: "zrevrange", roles: []Role{Operator, Web}, sample: `, sorted, 0, -1`},
		{name: "zrangebyscore", roles: tries(Worker, Web), sample: `, sorted, 0, 1`},
		{name: "zrangebylex", roles: []Role{Operator}, sample: `, sorted, '-', '+'`},
		{name: "zscan", roles: []Role{Operator, Web}, sample: `, sorted, 0`},
		{name: "zrem", roles: tries(Worker, Operator, Web), sample: `, sorted, '1'`},
		{name: "zremrangebyscore", roles: tries(Worker, Operator, Web), sample: `, sorted, 0, 1`},
	}
}

// streamsAndKeys are those of streams, and of keys whatever they hold.
func streamsAndKeys() []command {
	return []command{
		{name: "xadd", roles: tries(Worker, Operator, Web), sample: `, stream, 'MAXLEN', 1, '*', 'field', '1'`},
		{name: "xread", roles: tries(Worker, Web), sample: `, 'COUNT', 1, 'STREAMS', stream, '0'`},
		{name: "xrange", roles: tries(Worker, Operator, Web), sample: `, stream, '-', '+', 'COUNT', 1`},
		{name: "xrevrange", roles: tries(Worker, Web), sample: `, stream, '+', '-', 'COUNT', 1`},
		{name: "xtrim", roles: tries(Worker, Web), sample: `, stream, 'MINID', 1`},

		{name: "exists", roles: Roles(), sample: `, text`},
		{name: "expire", roles: tries(Worker), sample: `, text, 10`},
		{name: "pexpire", roles: tries(Worker, Operator, Web), sample: `, text, 10000`},
		{name: "expireat", roles: tries(Worker), sample: `, text, 99999999999`},
		{name: "pttl", roles: tries(Worker, Web), sample: `, text`},
		{name: "persist", roles: tries(Worker, Operator, Web), sample: `, text`},
		{name: "scan", roles: tries(Worker), sample: `, 0, 'COUNT', 1`},
		{name: "del", roles: tries(Worker, Operator, Web), sample: `, text`},
	}
}

// elsewhere is what octoq runs besides, on some servers alone.
func elsewhere() []command {
	all := Roles()
	return []command{
		{name: "client|setinfo", roles: all, on: onNewer},
		{name: "waitaof", roles: []Role{Producer, Operator, Web}, on: onNewer},
		{name: "config|get", roles: []Role{Producer, Operator, Web}, on: onOlder},
		{name: "command", roles: all, on: onCluster},
		{name: "cluster|info", roles: all, on: onCluster},
		{name: "cluster|slots", roles: all, on: onCluster},
		{name: "cluster|nodes", roles: []Role{Web}, on: onCluster},
		{name: "cluster|keyslot", roles: []Role{Worker, Web}, on: onCluster},
		{name: "watch", roles: []Role{Worker}, on: onCluster},
		{name: "unwatch", roles: []Role{Worker}, on: onCluster},
		{name: "wait", roles: []Role{Worker}, on: onCluster},
	}
}
