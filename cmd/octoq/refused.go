package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/rights"
)

// refusal is a way in which Redis as a whole refuses to work until its operator
// acts, and what to do.
type refusal struct{ prefix, advice string }

// readOnly is what a replica says to a write.
const readOnly = "READONLY"

func refusals() []refusal {
	const logIn = "Put user and password into OCTOQ_REDIS_URL, or into the file that OCTOQ_REDIS_URL_FILE names: redis://user:password@host:6379, with special characters percent-encoded (# is %23, % is %25)."
	return []refusal{
		{"NOAUTH", "It wants a password. " + logIn},
		{"WRONGPASS", "User or password are wrong. " + logIn},
		{"DB index is out of range", "It has fewer databases than the number behind the host in OCTOQ_REDIS_URL asks for: 0 to 15, unless its own setting databases says otherwise."},
		{readOnly, "It is a replica: name its master in --redis-url (OCTOQ_REDIS_URL)."},
		{"OOM", "Its memory is full: give it more (maxmemory), or wait until workers have finished what is there."},
		{"BUSY ", "A script runs on it that does not end: wait, or end it by SCRIPT KILL. It is no script of octoq's, which end within milliseconds."},
		{"LOADING", "It is still reading its data: wait until it has."},
		{"max number of clients", "It has as many clients as it takes: close some, or raise maxclients."},
		{"MASTERDOWN", "It is a replica without its master: see that the master runs, and name that in --redis-url (OCTOQ_REDIS_URL)."},
		{"MOVED", "It is a node of a cluster: write redis-cluster:// in front of its address in --redis-url (OCTOQ_REDIS_URL), with further nodes behind a comma."},
		{"CLUSTERDOWN", "The cluster does not serve all its slots: see with redis-cli --cluster check which node is missing. It goes on by itself when a replica has taken over."},
		{"MISCONF", "It cannot write to its disk: see its log and make room there."},
	}
}

// adviceOn is what to do about a refusal of Redis, "" if the error is none.
func adviceOn(err error) string {
	if grant := rights.GrantFor(err, rights.Operator); grant != "" {
		return "Its user lacks a right. To grant it: " + grant + "."
	}
	for _, r := range refusals() {
		if redis.HasErrorPrefix(err, r.prefix) || r.prefix == readOnly && redisconn.OfReplica(err) {
			return r.advice
		}
	}
	return ""
}

// refusedText is the line that a refusal prints.
func refusedText(err error) string {
	return "Redis refuses: " + sentence(err) + " " + adviceOn(err)
}

// awayText says that Redis is out of reach, or why it refuses.
func awayText(err error) string {
	switch {
	case redisconn.OfTLS(err):
		return "The TLS connection to Redis failed: " + sentence(err) + " TLS goes by the URL and by OCTOQ_REDIS_CA_FILE, OCTOQ_REDIS_CERT_FILE and OCTOQ_REDIS_KEY_FILE."
	case redisconn.NamesNoMaster(err):
		return "Redis cannot be found: " + sentence(err) + " Do the sentinels run, and are their addresses, the master's name and their own password (sentinel_password, or OCTOQ_REDIS_SENTINEL_PASSWORD_FILE) right?"
	case adviceOn(err) != "":
		return refusedText(err)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "Redis closed the connection: " + sentence(err) + " It may have as many clients as it takes (maxclients), or want TLS (rediss://)."
	case errors.Is(err, context.DeadlineExceeded):
		return "Redis is out of reach: " + sentence(err) + " Is it running, and is --redis-url (OCTOQ_REDIS_URL) right? rediss:// is for one that speaks TLS."
	default:
		return "Redis is out of reach: " + sentence(err) + " Is it running, and is --redis-url (OCTOQ_REDIS_URL) right?"
	}
}

// sentence is an error with one full stop at its end, unless a question ends there.
func sentence(err error) string {
	text := strings.TrimRight(err.Error(), ". ")
	if strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") {
		return text
	}
	return text + "."
}
