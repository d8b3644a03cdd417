package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// manyAtOnce lets more tests run at once than there are processors, unless the
// command line says how many: these tests wait far more than they work.
func manyAtOnce() {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", "8")
	}
}

// on is the same rig for a subtest, which may then fail by itself.
func (r *rig) on(t *testing.T) *rig {
	t.Helper()
	c := *r
	c.t = t
	return &c
}

// enqueue puts campaigns, one JSON object a line, into Redis.
func (r *rig) enqueue(lines string) {
	r.t.Helper()
	if o := r.octoqIn(lines, "enqueue", "--file", "-"); o.code != 0 {
		r.t.Fatalf("enqueue: got exit code %d, want 0\n%s%s", o.code, o.out, o.err)
	}
}

// vouch has an operator say that Redis has forgotten nothing of the default account. In
// a test's set-up it ends the doubt that the birth of the account's ledger brings.
func (r *rig) vouch() {
	r.t.Helper()
	r.must(0, "vouch", "--reason", "the test has made this Redis")
}

// known starts a worker on an account whose ledger is not new.
func (r *rig) known() *process {
	r.t.Helper()
	w := r.worker()
	r.vouch()
	return w
}

// toList is a valid campaign whose id is its list's name too; more may add fields.
func toList(id, more string) string {
	return fmt.Sprintf(`{"id":%q,"list_name":%q,"text":"Hello, STOP au 30101","type":"sms_premium","purpose":"wholesale"%s}`+"\n", id, id, more)
}

// calls are the calls of a kind about a list or tag, in order of arrival. An
// empty kind or name means all.
func (r *rig) calls(call, name string) []simulator.Call {
	var found []simulator.Call
	for _, c := range r.sim.Log() {
		if (call == "" || c.Call == call) && (name == "" || c.ListName == name || c.TagName == name) {
			found = append(found, c)
		}
	}
	return found
}

// underWay waits until a call of a kind about a list is in flight.
func (r *rig) underWay(call, list string) {
	r.t.Helper()
	r.until(30*time.Second, call+" of "+list+" is in flight", func() (bool, string) {
		calls := r.calls(call, list)
		for _, c := range calls {
			if !c.Ended {
				return true, ""
			}
		}
		return false, fmt.Sprintf("%+v", calls)
	})
}

// carriedOutFor counts the calls of a kind about a list that the API carried out.
func (r *rig) carriedOutFor(call, list string) int {
	n := 0
	for _, c := range r.calls(call, list) {
		if c.CarriedOut {
			n++
		}
	}
	return n
}

// says waits until a process has written something that matches, and returns
// the pattern's first group.
func (r *rig) says(p *process, pattern string) string {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	var found []string
	r.until(30*time.Second, "the process says "+pattern, func() (bool, string) {
		found = re.FindStringSubmatch(p.Log())
		return found != nil, p.Log()
	})
	return found[len(found)-1]
}

// page fetches a page and returns status and body. user and password may be empty.
func (r *rig) page(url, user, password string) (int, string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		r.t.Fatalf("get %s: %v", url, err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatalf("get %s: %v", url, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatalf("get %s: %v", url, err)
	}
	return resp.StatusCode, string(body)
}

// getJSON fetches a page and decodes it.
func (r *rig) getJSON(url string, into any) {
	r.t.Helper()
	status, body := r.page(url, "", "")
	if status != http.StatusOK {
		r.t.Fatalf("get %s: got status %d, want 200: %s", url, status, tail(body, 500))
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		r.t.Fatalf("get %s: %v in %s", url, err, tail(body, 500))
	}
}

// each does something for every item, four at a time.
func (r *rig) each(items []string, do func(string)) {
	r.t.Helper()
	todo := make(chan string, len(items))
	for _, item := range items {
		todo <- item
	}
	close(todo)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for item := range todo {
				do(item)
			}
		})
	}
	group.Wait()
}

// lines cuts a text into its lines, without empty ones.
func lines(text string) []string {
	var all []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}
