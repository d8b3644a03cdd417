package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// A reader that follows /v1/events by its cursor sees each final state at least once,
// through a restart of octoq web and a fail-over of Redis.
func TestEventsReachAReaderThroughTrouble(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinels(t)
	r := rigOn(t, simulator.Config{}, set.URL())
	r.quick()
	const n = 40
	r.must(0, "enqueue", "--file", r.file("c.jsonl", campaigns("c", n, "")), "--durable=replicas:1")
	pages := r.start("web", "--web-listen", "127.0.0.1:0")
	follow := &follower{rig: r, url: r.says(pages, `pages at (http://[^/\s]+)`), told: map[string]bool{}}
	r.worker()
	r.until(30*time.Second, "some events", func() (bool, string) { follow.look(); return len(follow.told) > n/8, fmt.Sprint(follow.told) })

	pages.kill()
	again := r.start("web", "--web-listen", "127.0.0.1:0")
	follow.url = r.says(again, `pages at (http://[^/\s]+)`)
	master := set.Master()
	master.Kill()
	set.AwaitFailover(master)

	r.until(3*time.Minute, "all final states are told", func() (bool, string) {
		follow.look()
		missing, open := follow.compare()
		return open == 0 && len(missing) == 0, fmt.Sprintf("%d open, not told: %v", open, missing)
	})
}

// follower is a reader that goes on from where it was.
type follower struct {
	rig    *rig
	url    string
	cursor string
	told   map[string]bool // "id state run"
}

// look reads what is new. An answer that does not come is asked for again later.
func (f *follower) look() {
	f.rig.t.Helper()
	for {
		req, err := http.NewRequestWithContext(f.rig.t.Context(), http.MethodGet, f.url+"/v1/events?limit=7&after="+f.cursor, http.NoBody)
		if err != nil {
			f.rig.t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return
		}
		var page struct {
			Items []struct {
				Campaign string         `json:"campaign"`
				State    campaign.State `json:"state"`
				Run      int            `json:"run"`
			} `json:"items"`
			Next string `json:"next"`
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return
		}
		f.cursor = page.Next
		for _, e := range page.Items {
			if e.Campaign != "" {
				f.told[fmt.Sprint(e.Campaign, " ", e.State, " ", e.Run)] = true
			}
		}
		if len(page.Items) == 0 {
			return
		}
	}
}

// compare names the final states that were not told, and counts what has not ended.
func (f *follower) compare() (missing []string, open int) {
	o := f.rig.octoq("list", "--json", "--limit", "0")
	if o.code != 0 {
		return nil, -1
	}
	for line := range strings.Lines(o.out) {
		var s status
		switch err := json.Unmarshal([]byte(line), &s); {
		case err != nil:
			f.rig.t.Fatalf("list: %v in %q", err, line)
		case !s.State.Final() && s.State != campaign.StateDead:
			open++
		case !f.told[fmt.Sprint(s.ID, " ", s.State, " ", s.Run)]:
			missing = append(missing, s.ID)
		}
	}
	return missing, open
}
