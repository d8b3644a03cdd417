package monitor

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// What asynqmon's buttons would do to campaigns, and what to use instead.
const (
	whyDelete = "Deleting a task does not cancel its campaign: the sweep would queue it again, and one that no worker has touched yet would be lost. Use: octoq cancel ID"
	whyLetter = "A dead letter is removed together with its campaign's record, or it is restored. Use: octoq dead purge ID"
	whyKeep   = "asynq's archive keeps 10,000 tasks for 90 days and drops the rest without a word. Use: octoq cancel ID, or octoq hold set to stop the account"
	whyStop   = "Cancelling a running task cuts off its call to the API, and octoq would not know whether it was carried out. Use: octoq cancel ID"
	whyAll    = `"All" actions of asynq lose tasks when there are more than 10,000. Select the tasks, or use: octoq dead replay, octoq cancel`
	whyQueue  = "A queue of octoq cannot be deleted."
	whyOther  = "octoq lets asynqmon pause and resume its queues and run single tasks of them, and nothing else."
)

// allowed are the actions that harm nothing. Every other request that changes
// something is refused, those of a later asynqmon included.
func allowed() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`^/queues/([^/]+):(?:pause|resume)$`),
		regexp.MustCompile(`^/queues/([^/]+)/(?:scheduled|retry|archived)_tasks/[^/]+:run$`),
		regexp.MustCompile(`^/queues/([^/]+)/(?:scheduled|retry|archived)_tasks:batch_run$`),
	}
}

// guard decides which requests reach asynqmon.
type guard struct {
	api     string // the path below which asynqmon changes things
	allowed []*regexp.Regexp
}

func newGuard(root string) guard { return guard{api: root + "/api", allowed: allowed()} }

// decision says whether a request may pass.
type decision struct {
	refusal string // why it may not, and what to use instead; empty if it may
	queue   string // the queue into which it may put tasks
}

func (g guard) decide(r *http.Request) decision {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return decision{}
	}
	path, inside := strings.CutPrefix(r.URL.Path, g.api)
	if inside && r.Method == http.MethodPost {
		for _, a := range g.allowed {
			if m := a.FindStringSubmatch(path); len(m) == 2 && isOctoqQueue(m[1]) {
				return decision{queue: m[1]}
			}
		}
	}
	return decision{refusal: refusalOf(r.Method, path)}
}

func isOctoqQueue(queue string) bool {
	_, _, ok := key.SplitQueue(queue)
	return ok
}

// refusalOf says to the person who clicked why it is refused and what to use instead.
func refusalOf(method, path string) string {
	queue, rest, inQueue := strings.Cut(strings.TrimPrefix(path, "/queues/"), "/")
	name, _, _ := strings.Cut(queue, ":")
	_, stage, known := key.SplitQueue(name)
	switch {
	case !known:
		return whyOther
	case strings.HasSuffix(rest, "_all"):
		return whyAll
	case method == http.MethodDelete && !inQueue:
		return whyQueue
	case strings.HasSuffix(rest, "cancel"):
		return whyStop
	case strings.HasSuffix(rest, "archive"):
		return whyKeep
	case method != http.MethodDelete && !strings.HasSuffix(rest, "delete"):
		return whyOther
	case stage == campaign.StageDead:
		return whyLetter
	default:
		return whyDelete
	}
}
