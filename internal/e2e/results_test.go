package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// callbackSecret is what callbacks' addresses are derived from. It must never be seen.
const callbackSecret = "c4llb4ck-secret-which-nobody-may-see"

// callbackBase is the address that the default account's reports go to.
func callbackBase(addr string) string {
	const account = "default"
	mac := hmac.New(sha256.New, []byte(callbackSecret))
	_, _ = mac.Write([]byte(account))
	return "http://" + addr + "/callbacks/" + account + "/" + hex.EncodeToString(mac.Sum(nil))[:32]
}

// results are those of a campaign, as octoq says them.
type results struct {
	Delivered int            `json:"delivered"`
	Failed    int            `json:"failed"`
	Pending   int            `json:"pending"`
	ByStatus  map[string]int `json:"by_status"`
	Replies   int            `json:"replies"`
	OptOuts   int            `json:"optouts"`
}

// resultsRig is a rig whose API reports to an octoq web that is to be started.
func resultsRig(t *testing.T, cfg simulator.Config) (r *rig, webURL string) {
	t.Helper()
	addr := redistest.FreeAddr(t)
	r = newRig(t, cfg, "--appendonly", "yes", "--appendfsync", "always")
	r.setenv("OCTOQ_WEB_LISTEN="+addr, "OCTOQ_PUBLIC_URL=http://"+addr, "OCTOQ_CALLBACK_SECRET="+callbackSecret, "OCTOQ_RATE=0", "OCTOQ_MAX_IN_FLIGHT=0", "OCTOQ_POLL_FIRST=50ms", "OCTOQ_BACKOFF=50ms")
	return r, "http://" + addr
}

// reportee starts octoq web, which takes reports, and waits until it is ready.
func (r *rig) reportee(url string) *process {
	r.t.Helper()
	p := r.start("web")
	r.ready(url)
	return p
}

func (r *rig) ready(url string) {
	r.t.Helper()
	r.until(60*time.Second, "octoq web is ready", func() (bool, string) {
		resp, err := http.Get(url + "/readyz")
		if err != nil {
			return false, err.Error()
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode == http.StatusOK, resp.Status
	})
}

// tally is what the statuses of a ticket's numbers come to.
func tally(statuses map[string]int, contacts int) results {
	want := results{ByStatus: statuses}
	for status, n := range statuses {
		switch status {
		case "DELIVERED", "READ":
			want.Delivered += n
		case "NOT_DELIVERED", "BAD_DESTINATION", "BLACKLISTED_NUMBER":
			want.Failed += n
		}
	}
	want.Pending = contacts - want.Delivered - want.Failed
	return want
}

// Reports come late, twice, never, in any order and of tickets that nobody has, while
// worker, octoq web and Redis are killed: what octoq counts is what was delivered, to the
// message.
func TestResultsAreWhatWasDelivered(t *testing.T) {
	t.Parallel()
	n, contacts := 12, 60
	if many, err := strconv.Atoi(os.Getenv("OCTOQ_RESULTS_N")); err == nil {
		n, contacts = many, 500
	}
	r, url := resultsRig(t, simulator.Config{Contacts: contacts, Reports: simulator.Reports{
		Spread: 4 * time.Second, Twice: 0.2, Never: 0.01, Unknown: 0.02, Again: 100 * time.Millisecond,
	}})
	r.setenv("OCTOQ_PACK_AFTER=100ms") // most is reported of campaigns that are packed
	web, worker := r.reportee(url), r.known()
	if none := r.must(0, "callbacks", "show").out; !strings.Contains(none, "none") {
		t.Errorf("before: got %q, want no address", none)
	}
	if look := r.octoq("doctor", "--json").out; !strings.Contains(look, `"check":"callbacks","account":"default","level":"warning"`) {
		t.Errorf("doctor: got %q, want a warning that Octopush reports elsewhere", look)
	}
	r.must(0, "callbacks", "set")
	if look := r.octoq("doctor", "--json").out; !strings.Contains(look, `"check":"callbacks","account":"default","level":"ok"`) {
		t.Errorf("doctor: got %q, want that Octopush reports to octoq web", look)
	}
	if set := r.must(0, "callbacks", "show", "--json").out; !strings.Contains(set, `"deliveries":"`+url+`/callbacks/default/****/deliveries"`) || strings.Contains(set, r.secretOf(url)) {
		t.Errorf("set: got %q, want the address with its secret masked", set)
	}
	r.enqueue(campaigns("c", n, ""))
	some := func(least int) func() (bool, string) {
		return func() (bool, string) {
			s := r.sim.ReportStats()
			return s.Delivered >= least, fmt.Sprintf("%+v", s)
		}
	}
	r.until(time.Minute, "some reports are taken", some(n*contacts/10))
	web.kill()
	r.until(time.Minute, "some reports fail", func() (bool, string) {
		s := r.sim.ReportStats()
		return s.Failed > 5, fmt.Sprintf("%+v", s)
	})
	web = r.reportee(url)
	r.until(time.Minute, "more reports are taken", some(n*contacts/4))
	r.redis.Kill()
	worker.kill()
	r.redis.Restart()
	r.worker()
	r.until(time.Minute, "all are sent", func() (bool, string) {
		states := r.list()
		return states["sent"] == n, fmt.Sprint(states)
	})
	r.until(5*time.Minute, "all is reported", func() (bool, string) {
		s := r.sim.ReportStats()
		return s.Waiting == 0 && s.Delivered > 0, fmt.Sprintf("%+v", s)
	})
	r.until(30*time.Second, "all are packed", func() (bool, string) { return r.packed() == n, fmt.Sprint(r.packed()) })
	truth, complete := r.sim.Delivered(), 0
	for i := range n {
		id := "c" + strconv.Itoa(i)
		want := tally(truth[r.status(id).Ticket], contacts)
		if want.Pending == 0 {
			complete++
		}
		var got results
		r.until(10*time.Second, id+" has the results that were delivered", func() (bool, string) {
			r.getJSON(url+"/v1/accounts/default/campaigns/"+id+"/results", &got)
			return reflect.DeepEqual(got, want), fmt.Sprintf("got %+v, want %+v", got, want)
		})
	}
	events := map[string]int{}
	r.until(20*time.Second, "the complete ones are announced, each once", func() (bool, string) {
		events = r.announced(url)
		return len(events) == complete, fmt.Sprintf("got %v, want %d", events, complete)
	})
	for id, times := range events {
		if times != 1 {
			t.Errorf("%s was announced %d times, want once", id, times)
		}
	}
	var status struct {
		Results *results `json:"results"`
	}
	if err := json.Unmarshal([]byte(r.must(0, "status", "c0", "--json").out), &status); err != nil {
		t.Fatal(err)
	}
	if want := tally(truth[r.status("c0").Ticket], contacts); status.Results == nil || !reflect.DeepEqual(*status.Results, want) {
		t.Errorf("octoq status: got %+v, want %+v", status.Results, want)
	}
	if text := r.must(0, "results", "c0").out; !strings.Contains(text, "DELIVERED ") {
		t.Errorf("octoq results: got %q, want the statuses", text)
	}
	if byTicket := r.must(0, "status", "--ticket", r.status("c0").Ticket, "--json").out; !strings.Contains(byTicket, `"id":"c0"`) {
		t.Errorf("by its ticket: got %q, want c0", byTicket)
	}
	if strings.Contains(web.Log()+r.redisText(), callbackSecret) || strings.Contains(web.Log()+r.redisText(), r.secretOf(url)) {
		t.Error("the secret of callbacks is in the log, or in Redis")
	}
}

// announced counts the events campaign.delivered by campaign.
func (r *rig) announced(url string) map[string]int {
	r.t.Helper()
	var page struct {
		Items []struct {
			ID, Campaign string
			Data         struct{ Results *results }
		}
	}
	r.getJSON(url+"/v1/events?type=campaign.delivered", &page)
	seen, ids := map[string]int{}, map[string]bool{}
	for _, e := range page.Items {
		if e.Data.Results == nil || e.Data.Results.Pending != 0 {
			r.t.Errorf("%s: got %+v, want final results", e.Campaign, e.Data.Results)
		}
		if !ids[e.ID] { // it may be told again, by the same id
			seen[e.Campaign]++
		}
		ids[e.ID] = true
	}
	return seen
}

// secretOf is the part of the callbacks' address that nobody may see.
func (r *rig) secretOf(url string) string {
	base := callbackBase(strings.TrimPrefix(url, "http://"))
	return base[strings.LastIndexByte(base, '/')+1:]
}

// redisText is all that Redis holds, keys and values.
func (r *rig) redisText() string {
	r.t.Helper()
	var b strings.Builder
	c := r.redis.Client()
	iter := c.Scan(r.t.Context(), 0, "*", 1000).Iterator()
	for iter.Next(r.t.Context()) {
		dump, err := c.Dump(r.t.Context(), iter.Val()).Result()
		if err != nil {
			r.t.Fatal(err)
		}
		b.WriteString(iter.Val() + "\n" + dump + "\n")
	}
	return b.String()
}

// callBack posts a body and returns the answer's status.
func (r *rig) callBack(url, body string) int {
	r.t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

// A callback is only taken with its account's secret; guessing is slowed and counted; a
// Redis that is away means 503, and what is sent again counts once.
func TestCallbacksAreGuarded(t *testing.T) {
	t.Parallel()
	r, url := resultsRig(t, simulator.Config{})
	own := redistest.FreeAddr(t)
	r.setenv("OCTOQ_CALLBACK_LISTEN=" + own)
	web := r.reportee(url)
	const stop = `{"message_id":"sms_1","number":"+33612345678","text":"STOP","stop_date":"2026-11-29 12:00:00"}`
	base := callbackBase(strings.TrimPrefix(url, "http://"))
	for what, want := range map[string]int{
		base + "/optouts": 200, callbackBase(own) + "/optouts": 200,
		strings.Replace(base, "/default/", "/other/", 1) + "/optouts": 404, base + "x/optouts": 404, base + "/visits": 404, base: 404,
		"http://" + own + "/": 404, "http://" + own + "/v1/accounts": 404,
	} {
		if got := r.callBack(what, stop); got != want {
			t.Errorf("%s: got %d, want %d", strings.ReplaceAll(what, r.secretOf(url), "SECRET"), got, want)
		}
	}
	if got := r.callBack(base+"/optouts", "{"); got != 400 {
		t.Errorf("half an object: got %d, want 400", got)
	}
	if got := r.callBack(base+"/optouts", strings.Repeat("x", 2<<20)); got != 413 && got != 0 {
		t.Errorf("2 MiB: got %d, want 413", got)
	}
	slowed := false
	for range 30 {
		slowed = slowed || r.callBack(base[:len(base)-1]+"/optouts", stop) == 429
	}
	if !slowed || r.callBack(base+"/optouts", stop) != 200 {
		t.Errorf("guessing is slowed: got %v, want it to be, and the right secret to be taken all the same", slowed)
	}
	_, metrics := r.page(url+"/metrics", "", "")
	for _, want := range []string{`octoq_callbacks_total{account="default",kind="optouts",result="stored"} 3`, `octoq_callbacks_total{account="",kind="",result="slowed"}`, `result="wrong_secret"`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	r.redis.Kill()
	if got := r.callBack(base+"/replies", `{"message_id":"sms_1","number":"+33612345678","text":"Oui"}`); got != 503 {
		t.Errorf("Redis is away: got %d, want 503", got)
	}
	r.redis.Restart()
	r.until(20*time.Second, "the reply is taken", func() (bool, string) {
		got := r.callBack(base+"/replies", `{"message_id":"sms_1","number":"+33612345678","text":"Oui"}`)
		return got == 200, strconv.Itoa(got)
	})
	if lines := strings.Count(r.must(0, "replies", "ls", "--json").out, "\n"); lines != 1 {
		t.Errorf("got %d replies, want 1", lines)
	}
	r.deleteNumber(web)
}

// deleteNumber deletes the number of the opt-out, and looks for it everywhere.
func (r *rig) deleteNumber(web *process) {
	r.t.Helper()
	const digits = "612345678"
	if out := r.must(0, "optouts", "export").out; !strings.Contains(out, "+33"+digits+",") || !strings.Contains(out, "STOP") {
		r.t.Errorf("export: got %q, want the number", out)
	}
	r.must(0, "optouts", "rm", "0033 6 12 34 56 78")
	for what, text := range map[string]string{
		"Redis": r.redisText(), "the log": web.Log(), "the list": r.must(0, "optouts", "ls").out, "the export": r.must(0, "optouts", "export").out, "the replies": r.must(0, "replies", "ls").out,
	} {
		if strings.Contains(text, digits) {
			r.t.Errorf("the deleted number is still in %s", what)
		}
	}
	if out := r.must(0, "optouts", "ls").out; !strings.Contains(out, "deleted ") {
		r.t.Errorf("the list: got %q, want the number blocked", out)
	}
}

// reportOfSent reports that a message of some campaign that was sent has arrived.
func (r *rig) reportOfSent(addr string) {
	r.t.Helper()
	sent := r.carriedOut(simulator.CallSend)
	if len(sent) == 0 {
		r.t.Fatal("no campaign was sent")
	}
	report := `{"message_id":"` + sent[0].Ticket + `","number":"+33612345678","status":"DELIVERED"}`
	if got := r.callBack(callbackBase(addr)+"/deliveries", report); got != http.StatusOK {
		r.t.Errorf("report: got %d, want 200", got)
	}
}
