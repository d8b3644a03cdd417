package doctor

import (
	"fmt"
	"strconv"
	"strings"
)

// Redis 6.2 is the first with all commands that asynq and octoq use.
const (
	oldestMajor = 6
	oldestMinor = 2
)

func version(f facts) Finding {
	v := f.info["redis_version"]
	major, minor, readable := majorMinor(v)
	switch {
	case !readable:
		return warning(CheckVersion, fmt.Sprintf("the version %q cannot be read", v), "Make sure that it is compatible with Redis 6.2 or newer.")
	case major < oldestMajor || major == oldestMajor && minor < oldestMinor:
		return fault(CheckVersion, "version "+v+" is too old", "Use Redis 6.2 or newer.")
	default:
		return ok(CheckVersion, "version "+v)
	}
}

func majorMinor(v string) (major, minor int, readable bool) {
	first, rest, _ := strings.Cut(v, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, errMajor := strconv.Atoi(first)
	minor, errMinor := strconv.Atoi(second)
	return major, minor, errMajor == nil && errMinor == nil
}

func role(f facts) Finding {
	switch replicas := f.number("connected_slaves"); {
	case f.info["role"] == "slave":
		return fault(CheckRole, "this is a replica: it refuses writes, or loses them", "Point OCTOQ_REDIS_URL at its master.")
	case replicas > 0:
		return ok(CheckRole, fmt.Sprintf("master with %d replicas; they follow behind, so a failover may forget the last writes", replicas))
	default:
		return ok(CheckRole, "master without replicas")
	}
}

func cluster(f facts) Finding {
	if f.on("cluster_enabled") {
		return warning(CheckCluster, "Redis runs as a cluster, and octoq speaks to one node of it, which turns it away for the keys of others",
			"Write redis-cluster:// in front of OCTOQ_REDIS_URL, with the addresses of a few nodes.")
	}
	return ok(CheckCluster, "no cluster")
}

// eviction: what Redis evicts is lost without a word. A policy that spares
// keys without expiry still forgets what was sent, so that it could be sent
// again.
func eviction(f facts) Finding {
	const do = "Set maxmemory-policy to noeviction, in redis.conf too, or give octoq a Redis of its own."
	switch policy, evicted := f.info["maxmemory_policy"], f.number("evicted_keys"); {
	case policy == "":
		return warning(CheckEviction, "Redis does not report its maxmemory-policy", "Make sure that it is noeviction.")
	case policy != "noeviction":
		return fault(CheckEviction, "maxmemory-policy is "+policy+": when memory runs out, Redis throws campaigns away", do)
	case evicted > 0:
		return warning(CheckEviction, fmt.Sprintf("%d keys were evicted since Redis started, though maxmemory-policy is noeviction now", evicted),
			"Compare the campaigns that producers enqueued with octoq list: some may be gone.")
	default:
		return ok(CheckEviction, "maxmemory-policy is noeviction")
	}
}

// Shares of maxmemory in percent.
const (
	filling = 80
	full    = 95
)

// memory: a full Redis with noeviction refuses writes, so nothing moves.
func memory(f facts) Finding {
	used, most := f.number("used_memory"), f.number("maxmemory")
	if most == 0 {
		return ok(CheckMemory, mebibytes(used)+" used, no limit set")
	}
	share := used * 100 / most
	what := fmt.Sprintf("%s of %s used (%d %%)", mebibytes(used), mebibytes(most), share)
	const do = "Raise maxmemory, or purge dead letters and shorten OCTOQ_RETENTION: a full Redis takes no campaigns."
	switch {
	case share >= full:
		return fault(CheckMemory, what, do)
	case share >= filling:
		return warning(CheckMemory, what, do)
	default:
		return ok(CheckMemory, what)
	}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// persistence says what a crash of Redis would cost.
func persistence(f facts) Finding {
	const appendOnly = "Set appendonly to yes with CONFIG SET and in redis.conf; appendfsync everysec or always."
	switch {
	case f.info["aof_enabled"] == "":
		return warning(CheckPersistence, "Redis does not report whether it has an append-only file", "Make sure that it has: without one, a restart forgets campaigns.")
	case f.on("aof_enabled"):
		return appendOnlyFile(f)
	case f.config == nil:
		return fault(CheckPersistence, "there is no append-only file: a crash forgets at least everything since the last snapshot, if there are any; octoq is not let see", appendOnly)
	case f.config["save"] == "":
		return fault(CheckPersistence, "Redis keeps nothing on disk: a restart forgets every campaign", appendOnly)
	default:
		return fault(CheckPersistence, fmt.Sprintf("Redis takes snapshots only (save %s): a crash forgets everything since the last one", f.config["save"]), appendOnly)
	}
}

func appendOnlyFile(f facts) Finding {
	if status := f.info["aof_last_write_status"]; status != "" && status != "ok" {
		return fault(CheckPersistence, "the append-only file cannot be written: "+status, "Look at the log of Redis: most often its disk is full.")
	}
	if f.config == nil {
		return warning(CheckPersistence, "append-only file is on; how often it is synced to disk (appendfsync), Redis does not let octoq see",
			"Make sure that it is everysec or always: managed services show it in their settings.")
	}
	switch sync := f.config["appendfsync"]; {
	case sync == "no":
		return warning(CheckPersistence, "append-only file without syncs (appendfsync no): a machine that crashes may forget the last half minute or more",
			"Set appendfsync to everysec or always.")
	case f.config["no-appendfsync-on-rewrite"] == "yes":
		return warning(CheckPersistence, "append-only file, synced "+sync+", but not while it is rewritten: a machine that crashes then may forget the last half minute or more",
			"Set no-appendfsync-on-rewrite to no.")
	case sync == "always":
		return ok(CheckPersistence, "append-only file, synced with every write: a crash forgets nothing that was answered")
	default:
		return ok(CheckPersistence, "append-only file, synced "+sync+": a machine that crashes may forget about the last second, a Redis that crashes hardly anything")
	}
}
