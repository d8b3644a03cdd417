package main

import (
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/rights"
)

// refusal is a way in which Redis as a whole refuses to work, until somebody
// does something about it.
type refusal struct{ prefix, advice string }

func refusals() []refusal {
	const logIn = "Put user and password into --redis-url (OCTOQ_REDIS_URL), redis://user:password@host:6379, with special characters percent-encoded (# is %23, % is %25)."
	return []refusal{
		{"NOAUTH", "It wants a password. " + logIn},
		{"WRONGPASS", "User or password are wrong. " + logIn},
		{"NOPERM", "Its user lacks a right: grant it, or name another user in --redis-url (OCTOQ_REDIS_URL)."},
		{"READONLY", "It is a replica: name its master in --redis-url (OCTOQ_REDIS_URL)."},
		{"OOM", "Its memory is full: give it more (maxmemory), or wait until workers have finished what is there."},
		{"MISCONF", "It cannot write to its disk: see its log and make room there."},
	}
}

// adviceOn is what to do about a refusal of Redis, "" if the error is none.
func adviceOn(err error) string {
	for _, r := range refusals() {
		if redis.HasErrorPrefix(err, r.prefix) {
			if grant := rights.GrantFor(err); grant != "" {
				return r.advice + " To grant it: " + grant + "."
			}
			return r.advice
		}
	}
	return ""
}

// refusedText is the line that a refusal prints.
func refusedText(err error) string { return fmt.Sprintf("Redis refuses: %v. %s", err, adviceOn(err)) }
