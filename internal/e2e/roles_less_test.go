package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
)

// rightsEnv has each word of each rule taken away, instead of a few.
const rightsEnv = "OCTOQ_RIGHTS"

// Without any one word of its rule a role is refused something: a command, a key or a
// channel. A few words are taken away by chance; OCTOQ_RIGHTS=all takes each.
func TestNoRightIsLeftOver(t *testing.T) {
	t.Parallel()
	for role, work := range map[rights.Role]func(r *rig, rounds []string) (play func(round string)){
		rights.Producer: producing, rights.Worker: working, rights.Operator: operating, rights.Web: serving, rights.Doctor: examining,
	} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{ComputeTime: 100 * time.Millisecond}, "--appendonly", "yes")
			r.mayBeRefused = true
			r.quick()
			words := few(slices.DeleteFunc(role.Rule(), func(word string) bool { return slices.Contains(seldom(role), word) }))
			rounds := make([]string, len(words))
			for i := range rounds {
				rounds[i] = fmt.Sprintf("b%dx", i)
			}
			play := work(r, rounds)
			for i, word := range words {
				r.without(role, word)
				play(rounds[i])
				seen := func() bool {
					return slices.ContainsFunc(r.refusals(), func(n refusal) bool { return n.user == userOf(role) && n.isFor(word) })
				}
				if r.soon(seen); !seen() {
					t.Errorf("without %s Redis refuses nothing of that to %s; it refused %v", word, role, r.refusals())
				}
				r.without(role, "")
			}
		})
	}
}

// seldom are words of a rule whose lack shows now and then alone: in the process that
// copies events, once a minute, and where a removal waits for a replica.
// TestEachRoleHasTheRightsItNeeds sees each of them run.
func seldom(role rights.Role) []string {
	switch role {
	case rights.Worker:
		return []string{"+xrevrange", "+xtrim"}
	case rights.Web: // beside a worker, which mostly is that process
		return []string{"+xread", "+xrevrange", "+xtrim"}
	case rights.Operator:
		return []string{"+watch", "+unwatch", "+wait"}
	default:
		return nil
	}
}

// few are some of the words of a rule, or all.
func few(words []string) []string {
	const n = 3
	if os.Getenv(rightsEnv) == "all" {
		return words
	}
	rand.Shuffle(len(words), func(i, k int) { words[i], words[k] = words[k], words[i] })
	return words[:n]
}

// isFor reports whether a refusal is what the lack of a word of a rule leads to.
func (n refusal) isFor(word string) bool {
	switch word[0] {
	case '+':
		return n.reason == "command" && strings.EqualFold(n.object, word[1:])
	case '&':
		return n.reason == "channel"
	default:
		return n.reason == "key"
	}
}

// without gives a role all rights of its rule but one word, and has Redis forget
// refusals and scripts.
func (r *rig) without(role rights.Role, word string) {
	r.t.Helper()
	rule := append([]string{"reset", "on", ">" + roleSecret}, role.Rule()...)
	rule = slices.DeleteFunc(rule, func(w string) bool { return w == word })
	ctx, c := r.t.Context(), r.redis.Client()
	if err := errors.Join(c.ACLSetUser(ctx, userOf(role), rule...).Err(), c.ACLLogReset(ctx).Err(), c.ScriptFlush(ctx).Err()); err != nil {
		r.t.Fatalf("take %s from %s: %v", word, role, err)
	}
}

// soon waits a little for a condition.
func (r *rig) soon(cond func() bool) {
	end := time.After(2 * time.Second)
	for tick := time.Tick(50 * time.Millisecond); !cond(); {
		select {
		case <-end:
			return
		case <-tick:
		}
	}
}

// Each of these gets a role ready for some rounds, and plays one: all of the role's
// work, whatever becomes of it.

func producing(r *rig, _ []string) func(string) {
	r.worker()
	r.produce(r.t, "known")
	r.await(30*time.Second, "knownone", campaign.StateSent)
	return func(round string) {
		r.produce(r.t, round)
		r.produce(r.t, "known")
	}
}

func working(r *rig, _ []string) func(string) {
	return func(string) {
		w := r.start("worker")
		r.until(30*time.Second, "the worker works or has ended", func() (bool, string) {
			select {
			case <-w.Done:
				return true, ""
			default:
				return strings.Contains(w.Log(), "worker works"), w.Log()
			}
		})
		r.soon(func() bool { return len(r.refusals()) > 0 }) // asynq's subscription has its time
		w.stop()
	}
}

func operating(r *rig, rounds []string) func(string) {
	r.worker()
	r.fillIdle()
	for _, round := range rounds {
		r.prepare(round)
	}
	return func(round string) {
		r.runCommands(round, func(args ...string) { r.octoq(args...) })
	}
}

func serving(r *rig, rounds []string) func(string) {
	r.worker()
	r.fillIdle()
	for _, round := range rounds {
		r.enqueue(toList(round, forever))
		r.prepare(round)
	}
	web := r.web()
	return func(round string) {
		r.readEach(web, round, func(string, int, string) {})
		for _, action := range []string{"default.create:pause", "default.create:resume", "default.create/scheduled_tasks/" + round + ":run"} {
			web.ask(http.MethodPost, "/monitoring/api/queues/"+action)
		}
		r.operateByHTTP(web, round)
	}
}

func examining(r *rig, _ []string) func(string) {
	r.worker()
	return func(string) { r.octoq("doctor") }
}
