package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// pages is a web server of octoq: octoq web, or a worker's own.
type pages struct {
	rig *rig
	url string
}

// web starts octoq web on a free port.
func (r *rig) web() *pages {
	r.t.Helper()
	p := r.start("web", "--web-listen", "127.0.0.1:0")
	return &pages{rig: r, url: r.says(p, `pages at (http://[^/\s]+)`)}
}

// pagesBeside are those of a worker that was told to listen on a free port.
func (r *rig) pagesBeside(worker *process) *pages {
	r.t.Helper()
	return &pages{rig: r, url: "http://" + r.says(worker, `"address":"([^"]+)","[^}]*"message":"health and metrics are served"`)}
}

// ask makes one request.
func (p *pages) ask(method, path string) (status int, answer string) {
	p.rig.t.Helper()
	req, err := http.NewRequestWithContext(p.rig.t.Context(), method, p.url+path, http.NoBody)
	if err != nil {
		p.rig.t.Fatalf("%s %s: %v", method, path, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.rig.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.rig.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, string(b)
}

// must is ask with a status that is expected; path is one of asynqmon's API.
func (p *pages) must(status int, method, path string) string {
	p.rig.t.Helper()
	got, answer := p.ask(method, "/monitoring/api"+path)
	if got != status {
		p.rig.t.Fatalf("%s %s: got %d %.300s, want %d", method, path, got, answer, status)
	}
	return answer
}

// paused are the queues that asynqmon shows as paused.
func (p *pages) paused() map[string]bool {
	p.rig.t.Helper()
	var list struct {
		Queues []struct {
			Queue  string `json:"queue"`
			Paused bool   `json:"paused"`
		} `json:"queues"`
	}
	answer := p.must(http.StatusOK, http.MethodGet, "/queues")
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		p.rig.t.Fatalf("asynqmon's queues: %v in %.300s", err, answer)
	}
	paused := map[string]bool{}
	for _, q := range list.Queues {
		if q.Paused {
			paused[q.Queue] = true
		}
	}
	return paused
}

// awaitPaused waits until exactly these queues are shown as paused.
func (p *pages) awaitPaused(queues ...string) {
	p.rig.t.Helper()
	p.rig.until(20*time.Second, fmt.Sprintf("paused queues are %v", queues), func() (bool, string) {
		got := p.paused()
		for _, q := range queues {
			if !got[q] {
				return false, fmt.Sprint(got)
			}
		}
		return len(got) == len(queues), fmt.Sprint(got)
	})
}

// letter is a dead letter's task as asynqmon shows it.
type letter struct {
	ID      string `json:"id"`
	Payload string `json:"payload"`
}

// letters are the tasks that wait in the queue of dead letters.
func (p *pages) letters() []letter {
	p.rig.t.Helper()
	var list struct {
		Tasks []letter `json:"tasks"`
	}
	answer := p.must(http.StatusOK, http.MethodGet, "/queues/default.dead/scheduled_tasks?page=1&size=100")
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		p.rig.t.Fatalf("asynqmon's dead letters: %v in %.300s", err, answer)
	}
	return list.Tasks
}

// letterOf waits for a campaign's dead letter, one that is none of those in seen.
func (p *pages) letterOf(id string, seen ...string) letter {
	p.rig.t.Helper()
	var found letter
	p.rig.until(20*time.Second, "asynqmon shows a new letter of "+id, func() (bool, string) {
		letters := p.letters()
		for _, l := range letters {
			if strings.HasPrefix(l.ID, id+"~") && !slices.Contains(seen, l.ID) {
				found = l
				return true, ""
			}
		}
		return false, fmt.Sprint(letters)
	})
	return found
}

// run presses "Run" at a dead letter.
func (p *pages) run(taskID string) {
	p.rig.t.Helper()
	p.must(http.StatusNoContent, http.MethodPost, "/queues/default.dead/scheduled_tasks/"+taskID+":run")
}

// scrape is a page of metrics as Prometheus reads it.
type scrape string

func (p *pages) metrics() scrape {
	p.rig.t.Helper()
	status, answer := p.ask(http.MethodGet, "/metrics")
	if status != http.StatusOK {
		p.rig.t.Fatalf("GET /metrics: got %d %.300s, want 200", status, answer)
	}
	return scrape(answer)
}

// sum adds up the samples of a name that bear all of the labels, given as
// `name="value"`, and counts them.
func (s scrape) sum(name string, labels ...string) (total float64, samples int) {
	for line := range strings.Lines(string(s)) {
		series, value, ok := cutLast(strings.TrimSpace(line), " ")
		if !ok || series != name && !strings.HasPrefix(series, name+"{") || !hasAll(series, labels) {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			total, samples = total+v, samples+1
		}
	}
	return total, samples
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func hasAll(s string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// asynq's page may pause, resume and run single tasks; what would lose
// campaigns or letters is refused, and nothing is lost by trying.
func TestMonitorRefusesWhatWouldLoseCampaigns(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	web := r.web()
	r.enqueue(campaigns("c", 2, `,"not_before":"2099-01-01T00:00:00Z"`))
	r.enqueue(campaigns("d", 2, ""))
	for _, refused := range [][2]string{
		{http.MethodDelete, "/queues/default.create"},
		{http.MethodDelete, "/queues/default.create?force=true"},
		{http.MethodDelete, "/queues/default.create/pending_tasks/d0"},
		{http.MethodPost, "/queues/default.create/pending_tasks/d0:archive"},
		{http.MethodPost, "/queues/default.create/pending_tasks:batch_delete"},
		{http.MethodPost, "/queues/default.create/pending_tasks:batch_archive"},
		{http.MethodDelete, "/queues/default.create/pending_tasks:delete_all"},
		{http.MethodPost, "/queues/default.create/pending_tasks:archive_all"},
		{http.MethodDelete, "/queues/default.create/scheduled_tasks/c0"},
		{http.MethodPost, "/queues/default.create/scheduled_tasks/c0:archive"},
		{http.MethodPost, "/queues/default.create/scheduled_tasks:run_all"},
		{http.MethodPost, "/queues/default.create/scheduled_tasks:archive_all"},
		{http.MethodDelete, "/queues/default.create/scheduled_tasks:delete_all"},
		{http.MethodPost, "/queues/default.status/retry_tasks:archive_all"},
		{http.MethodDelete, "/queues/default.confirm/retry_tasks:delete_all"},
		{http.MethodPost, "/queues/default.create/active_tasks:cancel_all"},
		{http.MethodDelete, "/queues/default.dead/scheduled_tasks:delete_all"},
		{http.MethodPost, "/queues/default.dead/scheduled_tasks:run_all"},
	} {
		if answer := web.must(http.StatusForbidden, refused[0], refused[1]); !strings.Contains(answer, "octoq") {
			t.Errorf("%s %s: got %q, want what to use instead", refused[0], refused[1], answer)
		}
	}
	if got := r.list()[campaign.StateQueued]; got != 4 {
		t.Errorf("queued after all of that: got %d, want 4", got)
	}
}
