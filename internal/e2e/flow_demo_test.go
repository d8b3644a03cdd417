package e2e

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/testenv"
)

// The demo ends by itself: the campaign without STOP is dead with 121 after one
// create, the one that met outages was tried again, the others are sent, each
// confirmed once by the API's own account.
func TestDemo(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: testenv.Clean()}
	o := r.must(0, "demo")
	out := o.out
	// The one warning is true, and the campaign is there to show it.
	if said := lines(o.err); len(said) != 1 || !strings.Contains(said[0], "campaign no-stop: text:") {
		t.Errorf("got %q, want the warning of the campaign without STOP alone", o.err)
	}
	header := regexp.MustCompile(`(?m)^ID +STATE +TICKET +CONTACTS +COST +ATTEMPTS +FAILURE$`).FindStringIndex(out)
	if header == nil {
		t.Fatalf("demo printed no table:\n%s", out)
	}
	after := out[header[1]:]
	const ticket, price = `sms_\w+ +`, `\d+ +[\d.]+ ?\S* +`
	for _, want := range []string{
		`spring-sale +sent +` + ticket + price + `1/\d+/1/0 *$`,
		`delivery-today +sent +` + ticket + price + `1/\d+/1/0 *$`,
		`no-stop +dead +1/0/0/0 +rejected 121 \(HTTP \d+\): .*STOP.*`,
		`outages +sent +` + ticket + price + `3/\d+/1/0 *$`,
		`lost-answer +sent +` + ticket + price + `[23]/\d+/1/0 *$`,
		`rehearsal +simulated +.*1/0/0/0`,
	} {
		if !regexp.MustCompile(`(?m)^` + want).MatchString(after) {
			t.Errorf("table: got no row like %q in\n%s", want, after)
		}
	}
	// The lost answer left a ticket that nobody confirms.
	if want := "5 tickets created, 4 of them confirmed, 0 confirmed more than once"; !strings.Contains(after, want) {
		t.Errorf("the API's own log: got %q, want %q in it", tail(after, 200), want)
	}
	for _, end := range []string{"spring-sale +sent", "no-stop +dead", "outages +sent"} {
		if !regexp.MustCompile(`(?m)^ *[\d.]+s +` + end).MatchString(out[:header[0]]) {
			t.Errorf("progress: got no line like %q in\n%s", end, out[:header[0]])
		}
	}
}

// With --json the demo prints JSON alone: a record a line, and what the API carried out.
func TestDemoAsJSON(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: testenv.Clean()}
	lines := strings.Split(strings.TrimSpace(r.must(0, "demo", "--json").out), "\n")
	const campaigns = 6
	if len(lines) != campaigns+1 {
		t.Fatalf("got %d lines, want %d records and the API's log:\n%s", len(lines), campaigns, strings.Join(lines, "\n"))
	}
	for _, line := range lines[:campaigns] {
		var rec campaign.Record
		if err := json.Unmarshal([]byte(line), &rec); err != nil || !rec.State.Final() {
			t.Errorf("got %s and %v, want a record that has ended", line, err)
		}
	}
	var log map[string]int
	if err := json.Unmarshal([]byte(lines[campaigns]), &log); err != nil || log["tickets_confirmed"] != 4 || log["confirmed_more_than_once"] != 0 {
		t.Errorf("got %s and %v, want what the API carried out", lines[campaigns], err)
	}
}

// The demo that stays has a budget nearly used, and a campaign that waits for it.
func TestDemoThatStays(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: testenv.Clean(), dir: t.TempDir()}
	demo := r.start("demo", "--stay", "--web-listen", "127.0.0.1:0")
	p := &pages{rig: r, url: r.says(demo, `pages at (http://[^/\s]+)`)}
	has := func(path string, texts ...string) {
		r.until(time.Minute, path, func() (bool, string) {
			status, page := p.ask(http.MethodGet, path)
			for _, text := range texts {
				if !strings.Contains(page, text) {
					return false, page
				}
			}
			return status == http.StatusOK, page
		})
	}
	has("/", "Of budget outdoor", "90 %")
	has("/approvals", "It waits for budget", "90 % used or reserved: 22.50 € used")
	if code := demo.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}
