package queue

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
	whyStop   = "Cancelling a running task cuts its call to the API off, and nobody would know whether it was carried out. Use: octoq cancel ID"
	whyAll    = `"All" actions of asynq lose tasks when there are more than 10,000. Select the tasks, or use: octoq dead replay, octoq cancel`
	whyQueue  = "A queue of octoq cannot be deleted."
	whyOther  = "octoq lets asynqmon pause and resume its queues and run single tasks of them, and nothing else."
)

// allowed are the actions that harm nothing. Everything else that is no GET
// is refused, also what a later asynqmon brings.
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

// verdict is what a guard says of a request.
type verdict struct {
	refused string // why, and what to use instead; empty if it may pass
	queue   string // the queue that may have got work by it
}

func (g guard) judge(r *http.Request) verdict {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return verdict{}
	}
	path, inside := strings.CutPrefix(r.URL.Path, g.api)
	if inside && r.Method == http.MethodPost {
		for _, a := range g.allowed {
			if m := a.FindStringSubmatch(path); len(m) == 2 && ours(m[1]) {
				return verdict{queue: m[1]}
			}
		}
	}
	return verdict{refused: reason(r.Method, path)}
}

func ours(queue string) bool {
	_, _, ok := key.SplitQueue(queue)
	return ok
}

// reason finds the words that help the person who clicked.
func reason(method, path string) string {
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
