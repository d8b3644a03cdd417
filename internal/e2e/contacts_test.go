package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// contactNumber is the i-th number of a file.
func contactNumber(i int) string { return fmt.Sprintf("+336%08d", i) }

// contactFile has n contacts; of every hundred the 13th is no number.
func (r *rig) contactFile(n int) string {
	r.t.Helper()
	var text strings.Builder
	text.WriteString("phone_number,first_name\n")
	for i := range n {
		number := contactNumber(i)
		if i%100 == 13 {
			number = "0" + number[3:]
		}
		_, _ = fmt.Fprintf(&text, "%s,Name %d\n", number, i)
	}
	return r.file("contacts.csv", text.String())
}

// contactsRig has an account with opt-outs: the numbers that end on 77.
func contactsRig(t *testing.T, n int, cfg simulator.Config) *rig {
	t.Helper()
	r, url := resultsRig(t, cfg)
	web := r.reportee(url)
	for i := 77; i < n; i += 100 {
		resp, err := http.Post(callbackBase(strings.TrimPrefix(url, "http://"))+"/optouts", "application/json",
			strings.NewReader(fmt.Sprintf(`{"number":%q,"text":"STOP","stop_date":"2026-03-01 09:00:00"}`, contactNumber(i))))
		if err != nil {
			t.Fatal(err)
		}
		if _ = resp.Body.Close(); resp.StatusCode != http.StatusOK {
			t.Fatalf("report an opt-out: got %s", resp.Status)
		}
	}
	web.stop()
	return r
}

// pushed is what a push says in the end, and of how many lines it said what became of them.
type pushed struct {
	Added    int `json:"added"`
	Invalid  int `json:"invalid"`
	OptedOut int `json:"opted_out"`
	Refused  int `json:"refused"`
	lines    map[int]int
}

func pushedOf(t *testing.T, out string) (p pushed) {
	t.Helper()
	p.lines = map[int]int{}
	for text := range strings.Lines(out) {
		var line struct{ Line int }
		if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &line) != nil {
			continue // a line that the kill has cut, or of standard error
		}
		if line.Line > 0 {
			p.lines[line.Line]++
		} else if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	return p
}

// A push is killed again and again, while a worker sends campaigns of the same account: each
// contact is added, those beside a kill perhaps twice, and who has opted out is not; the
// account's limits hold over both, and the campaigns are sent.
func TestContactsArePushedOnce(t *testing.T) {
	t.Parallel()
	n, batch := 3000, 20
	if many, err := strconv.Atoi(os.Getenv("OCTOQ_CONTACTS_N")); err == nil {
		n, batch = many, 200
	}
	const rate, burst, inFlight, sent = 100, 5, 4, 10
	r := contactsRig(t, n, simulator.Config{Latency: 5 * time.Millisecond})
	r.setenv("OCTOQ_RATE="+strconv.Itoa(rate), "OCTOQ_BURST="+strconv.Itoa(burst), "OCTOQ_MAX_IN_FLIGHT="+strconv.Itoa(inFlight))
	r.worker()
	path := r.contactFile(n)
	args := []string{"contacts", "push", path, "--list", "vips", "--batch", strconv.Itoa(batch), "--json"}
	on := func() map[string]simulator.ListedContact {
		list, err := r.sim.Contacts("", "vips")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	r.enqueue(campaigns("c", sent, ""))
	logs := ""
	const kills = 4
	for i := range kills {
		p := r.start(args...)
		r.until(time.Minute, "more contacts are added", func() (bool, string) {
			have := len(on())
			return have >= n*(i+1)/8, fmt.Sprint(have, " ", tail(p.Log(), 300))
		})
		p.kill()
		logs += p.Log()
	}
	last := r.start(args...)
	if code := last.wait(10 * time.Minute); code != 2 { // lines that are invalid
		t.Errorf("exit code: got %d, want 2\n%s", code, tail(last.Log(), 500))
	}
	for i := range sent {
		r.await(time.Minute, "c"+strconv.Itoa(i), campaign.StateSent)
	}
	got := pushedOf(t, logs+last.Log())
	if want := n / 100; got.Invalid != want || got.OptedOut != want || got.Added != n-2*want || got.Refused != 0 || len(got.lines) != n {
		t.Errorf("got %d added, %d invalid, %d opted out, %d refused of %d lines, want %d, %d and %d of %d",
			got.Added, got.Invalid, got.OptedOut, got.Refused, len(got.lines), n-2*want, want, want, n)
	}
	repeated := 0
	list := on()
	for i := range n {
		c, there := list[contactNumber(i)]
		if left := i%100 == 13 || i%100 == 77; there == left {
			t.Errorf("contact %d on the list: got %t, want %t", i, there, !left)
		}
		if want := "Name " + strconv.Itoa(i); there && c.Fields["first_name"] != want {
			t.Errorf("contact %d: got %v, want %s", i, c.Fields, want)
		}
		repeated += max(0, c.Writes-1)
	}
	if most := kills * batch * inFlight / 2; repeated > most {
		t.Errorf("%d contacts were added again, want %d at most: the calls of each kill", repeated, most)
	}
	s := r.sim.Stats(time.Second)
	if s.MaxInFlightAnswered > inFlight || s.MaxInWindow[login] > rate+burst {
		t.Errorf("limits: got %d calls at once, %d a second, want %d and %d", s.MaxInFlightAnswered, s.MaxInWindow[login], inFlight, rate+burst)
	}
	t.Logf("%d calls added contacts, %d contacts again; %d calls a second at most", s.Calls[simulator.CallContacts], repeated, s.MaxInWindow[login])
	calls := s.Calls[simulator.CallContacts]
	if again := r.octoq(args...); again.code != 2 || r.sim.Stats(0).Calls[simulator.CallContacts] != calls {
		t.Errorf("once more: got exit code %d and %d calls more, want 2 and none\n%s", again.code, r.sim.Stats(0).Calls[simulator.CallContacts]-calls, again.err)
	}
	r.onceEach()
}

// A push takes what the limits let it, and the sends of the account keep their share: no
// campaign waits for more calls of the push than a second has.
func TestAPushUsesTheLimit(t *testing.T) { //nolint:paralleltest // it measures: the others wait meanwhile
	const n, rate, burst, sent = 400, 20, 5, 5
	r := contactsRig(t, 0, simulator.Config{Latency: 80 * time.Millisecond})
	// One call after the other uses 62 % at most. What else runs starts calls late.
	const least = 0.7
	r.setenv("OCTOQ_RATE="+strconv.Itoa(rate), "OCTOQ_BURST="+strconv.Itoa(burst), "OCTOQ_MAX_IN_FLIGHT=4")
	r.worker()
	push := r.start("contacts", "push", r.contactFile(n), "--list", "vips", "--batch", "1")
	added := func() int { return r.sim.Stats(0).Calls[simulator.CallContacts] }
	enqueued := map[string]time.Time{}
	for i := range sent {
		r.until(time.Minute, "the push goes on", func() (bool, string) {
			return added() >= n*i/(2*sent)+1, fmt.Sprint(added(), " ", tail(push.Log(), 300))
		})
		id := "c" + strconv.Itoa(i)
		enqueued[id] = time.Now()
		r.enqueue(campaigns(id, 1, ""))
	}
	if code := push.wait(2 * time.Minute); code != 2 { // lines that are invalid
		t.Fatalf("exit code: got %d, want 2\n%s", code, tail(push.Log(), 500))
	}
	for id := range enqueued {
		r.await(time.Minute, id+"0", campaign.StateSent)
	}
	var all, pushes []time.Time
	for _, c := range r.sim.Log() {
		all = append(all, c.Time)
		if c.Call == simulator.CallContacts {
			pushes = append(pushes, c.Time)
		}
	}
	between := func(times []time.Time, from, to time.Time) (calls int) {
		for _, at := range times {
			if at.After(from) && !at.After(to) {
				calls++
			}
		}
		return calls
	}
	first, last := pushes[0], pushes[len(pushes)-1]
	used := float64(between(all, first, last)) / last.Sub(first).Seconds() / rate
	most := r.sim.Stats(time.Second)
	worst := 0
	for _, c := range r.sim.Log() {
		if at, ours := enqueued[strings.TrimSuffix(c.ListName, "0")]; ours && c.Call == simulator.CallCreate {
			worst = max(worst, between(pushes, at, c.Time))
		}
	}
	t.Logf("%.1f %% of the limit used; a create waited for %d calls of the push at most", 100*used, worst)
	if used < least || most.MaxInWindow[login] > rate+burst || worst > rate {
		t.Errorf("got %.1f %% of the limit used, %d calls a second at most, %d calls of the push before a create", 100*used, most.MaxInWindow[login], worst)
	}
	r.onceEach()
}

func TestAPushThatCannotGoOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	path := r.contactFile(3)
	push := func(code int, want string, more ...string) {
		t.Helper()
		o := r.must(code, append([]string{"contacts", "push", path}, more...)...)
		if !strings.Contains(o.out+o.err, want) {
			t.Errorf("%v: got %q %q, want %q", more, o.out, o.err, want)
		}
	}
	push(2, "name the list")
	push(2, "--batch is 0", "--list", "a", "--batch", "0")
	push(2, "is no file of a progress", "--list", "a", "--progress", "/dev/zero")
	for _, damaged := range []string{"", "[]", "{}", `{"rows":-1}`, `{"account":"default","list":"a","rows":1e30,"digest":""}`} {
		push(2, "or delete it to push all lines anew", "--list", "a", "--progress", r.file("damaged.progress", damaged))
	}
	r.must(0, "hold", "set")
	push(1, "octoq hold ls", "--list", "a")
	r.must(0, "hold", "clear")
	if err := r.sim.SetCredentials(simulator.Credentials{Disabled: true}); err != nil {
		t.Fatal(err)
	}
	push(6, "the API refuses the account", "--list", "a")
	if err := r.sim.SetCredentials(simulator.Credentials{}); err != nil {
		t.Fatal(err)
	}
	push(0, "3 added, 0 opted out", "--list", "a")
	push(2, "another push", "--list", "b")
	push(0, "3 lines were settled before", "--list", "a")
	if err := os.WriteFile(path, []byte("phone_number\n+33600000009\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	push(2, "another push", "--list", "a")
	push(0, "1 added", "--list", "a", "--progress", path+".other")
	hangs, err := r.sim.AddRule(simulator.Rule{Call: simulator.CallAny, Fault: simulator.FaultAnswer, HTTPStatus: 503})
	if err != nil {
		t.Fatal(err)
	}
	p := r.start("contacts", "push", r.file("more.csv", "phone_number\n+33600000001\n"), "--list", "a")
	r.until(time.Minute, "the push says why it waits", func() (bool, string) {
		return strings.Contains(p.Log(), "Octopush has not taken a call"), p.Log()
	})
	p.signal(syscall.SIGINT)
	if code := p.wait(time.Minute); code != 1 || !strings.Contains(p.Log(), "stopped; 0 lines are settled") {
		t.Errorf("interrupted: got exit code %d and %q", code, tail(p.Log(), 300))
	}
	if err := r.sim.RemoveRule(hangs); err != nil {
		t.Fatal(err)
	}
	if audit := r.must(0, "audit").out; !strings.Contains(audit, "contacts.push") || strings.Contains(audit, "+336") {
		t.Errorf("audit: got %q, want the push on record, without numbers", audit)
	}
	for _, name := range []string{path + ".progress", path + ".other"} {
		if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "336") {
			t.Errorf("%s: got %q, %v, want no number in it", name, text, err)
		}
	}
}

// octoq web adds contacts and sets callbacks by the credentials that it is given, and says so
// where it has none.
func TestOctopushIsAskedByHTTP(t *testing.T) {
	t.Parallel()
	r, url := resultsRig(t, simulator.Config{})
	web := r.reportee(url)
	ask := func(method, path, body string, want int) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url+"/v1/accounts/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		text, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != want {
			t.Errorf("%s %s: got %s %s, want %d", method, path, resp.Status, text, want)
		}
		return string(text)
	}
	ask(http.MethodGet, "default/callbacks", "", http.StatusOK)
	set := ask(http.MethodPut, "default/callbacks", "", http.StatusOK)
	if want := `"deliveries":"` + url + `/callbacks/default/****/deliveries"`; !strings.Contains(set, want) {
		t.Errorf("callbacks: got %s, want %s", set, want)
	}
	if shown := r.must(0, "callbacks", "show", "--json").out; strings.TrimSpace(shown) != strings.TrimSpace(set) {
		t.Errorf("octoq callbacks show: got %s, want what the HTTP API said, %s", shown, set)
	}
	const contact = `{"list_name":"vips","contacts":[{"phone_number":"+33612345678","first_name":"Zoë"}]}`
	ask(http.MethodPost, "default/contacts", contact, http.StatusOK)
	if list, err := r.sim.Contacts("", "vips"); err != nil || list["+33612345678"].Fields["first_name"] != "Zoë" {
		t.Errorf("contacts: got %v, %v", list, err)
	}
	ask(http.MethodPost, "other/contacts", contact, http.StatusConflict)
	ask(http.MethodPut, "other/callbacks", "", http.StatusConflict)
	r.must(0, "hold", "set")
	ask(http.MethodPost, "default/contacts", contact, http.StatusConflict)
	if err := r.sim.SetCredentials(simulator.Credentials{Disabled: true}); err != nil {
		t.Fatal(err)
	}
	ask(http.MethodGet, "default/callbacks", "", http.StatusBadGateway)
	if audit := r.must(0, "audit").out; !strings.Contains(audit, "callbacks.set") || strings.Contains(audit+web.Log(), callbackSecret) || strings.Contains(audit+web.Log(), apiKey) {
		t.Errorf("audit: got %q, want that callbacks were set, without a secret", audit)
	}
}
