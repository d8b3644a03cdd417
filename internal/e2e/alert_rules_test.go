package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// quickRules are the alert rules with each minute as a second and the hour of OctoqStuck as
// a minute, and with 1000 events that wait as 10: the causes are real, and the time is not.
func (r *rig) quickRules() string {
	r.t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/octoq.yml")
	if err != nil {
		r.t.Fatal(err)
	}
	rules := regexp.MustCompile(`(for: |\[|offset )(\d+)m\b`).ReplaceAllString(string(text), "${1}${2}s")
	for _, change := range [][2]string{{"> 3600", "> 60"}, {"> 1000", "> 10"}} {
		if !strings.Contains(rules, change[0]) {
			r.t.Fatalf("no rule has %q", change[0])
		}
		rules = strings.ReplaceAll(rules, change[0], change[1])
	}
	if left := regexp.MustCompile(`\d+m\b`).FindString(rules); left != "" {
		r.t.Fatalf("the rules still have %s", left)
	}
	return r.file("rules.yml", rules)
}

// watched is a rig with a worker, octoq web and a Prometheus with the rules.
type watched struct {
	*rig
	process    *process // octoq web
	web        *pages
	prometheus *pages
	known      time.Time        // when Prometheus had read all, which it takes for gone before
	hook       *httptest.Server // the receiver of a webhook
	refuses    bool             // set before the receiver is asked
	folder     *secret          // with accounts
}

// filed is the file of an account.
const filed = "api_login: " + login + "\napi_key: " + apiKey + "\n"

// underRules starts all that.
func underRules(t *testing.T, refuses bool) *watched {
	t.Helper()
	if _, err := exec.LookPath("prometheus"); err != nil {
		needed(t, "prometheus")
	}
	r := newRig(t, simulator.Config{Contacts: 20, PricePerContact: 0.05}) // 1.00 each
	r.quick("OCTOQ_WEB_USER="+webUser, "OCTOQ_WEB_PASSWORD="+webPassword, "OCTOQ_CALLBACK_SECRET="+callbackSecret, "OCTOQ_WEBHOOK_KEY=of-the-webhooks-and-nothing-else-0123456789", "OCTOQ_WEBHOOK_ALLOW=127.0.0.0/8")
	accounts := "accounts:\n  default: {burst: 5}\n"
	for _, name := range []string{"held", "paused", "dying", "failing", "ticking", "spending"} {
		accounts += fmt.Sprintf("  %s:\n    api_login: %s\n    api_key: %s\n", name, login, apiKey)
	}
	r.setenv("OCTOQ_ACCOUNTS_DIR=" + filepath.Join(r.dir, "accounts"))
	folder := r.secret(map[string]string{"filed.yaml": filed})
	config := r.file("octoq.yaml", accounts+"    budgets:\n      - {name: all, per: month, amount: 1.2, over: wait}\n") // of the last one
	w := &watched{rig: r, refuses: refuses, folder: folder}
	w.hook = httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, _ *http.Request) {
		if w.refuses {
			to.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(w.hook.Close)
	own := r.pagesBeside(r.start("worker", "--config", config, "--listen", "127.0.0.1:0"))
	w.process, w.web = r.webProcess()
	var hook struct{ ID string }
	w.web.admin(http.StatusCreated, http.MethodPost, "/v1/webhooks", `{"url":"`+w.hook.URL+`"}`, &hook)
	r.must(0, "schedule", "add", "beat", "--account", "ticking", "--cron", "* * * * * *", "--zone", "UTC", "--list-name", "all", "--text", "{{time}}",
		"--type", "sms_premium", "--purpose", "alert")
	r.enqueue(campaigns("c", 5, ""))
	r.await(time.Minute, "c4", campaign.StateSent)
	w.report(http.StatusOK)
	w.prometheus = r.prometheusBy("global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}\nrule_files: ["+r.quickRules()+"]", own, w.web)
	r.until(time.Minute, "Prometheus has the account's metrics", func() (bool, string) {
		_, text := w.prometheus.ask(http.MethodGet, "/api/v1/query?query="+url.QueryEscape(`count_over_time(octoq_campaigns{account="dying",state="dead"}[1m]) > 2`))
		return strings.Contains(text, "dying"), text
	})
	w.known = time.Now()
	return w
}

// fired are the alerts that have fired since Prometheus knew all, each with the account or
// what else it is of.
func (w *watched) fired() map[string]bool {
	w.t.Helper()
	since := fmt.Sprintf(`max_over_time(ALERTS{alertstate="firing"}[%ds])`, int(time.Since(w.known).Seconds())+1)
	status, text := w.prometheus.ask(http.MethodGet, "/api/v1/query?query="+url.QueryEscape(since))
	var answer struct {
		Data struct {
			Result []struct{ Metric map[string]string }
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
		w.t.Fatalf("ask Prometheus: %d, %v in %s", status, err, text)
	}
	all := map[string]bool{}
	for _, result := range answer.Data.Result {
		of := result.Metric["account"]
		if hook := result.Metric["webhook"]; hook != "" {
			of = "a webhook"
		}
		if file := result.Metric["file"]; file != "" {
			of = file
		}
		all[strings.TrimSpace(result.Metric["alertname"]+" "+of)] = true
	}
	return all
}

// awaitAlerts waits until some alerts have fired, and fails if another one has.
func (w *watched) awaitAlerts(want ...string) {
	w.t.Helper()
	w.until(3*time.Minute, fmt.Sprintf("%q have fired", want), func() (bool, string) {
		got := w.fired()
		for _, name := range want {
			if !got[name] {
				return false, fmt.Sprint(slices.Sorted(maps.Keys(got)))
			}
		}
		return true, ""
	})
	for name := range w.fired() {
		if !slices.Contains(want, name) {
			w.t.Errorf("%s has fired, want %q alone", name, want)
		}
	}
}

// report reports a delivery, and wants an answer.
func (w *watched) report(status int) {
	w.t.Helper()
	base := callbackBase(strings.TrimPrefix(w.web.url, "http://"))
	resp, err := http.Post(base+"/deliveries", "application/json", strings.NewReader(`{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != status {
		w.t.Errorf("a callback: got %s, want %d", resp.Status, status)
	}
}

// In an hour in which campaigns are sent, delivered and told of, no alert fires.
func TestAlertsAreSilentInAQuietHour(t *testing.T) {
	t.Parallel()
	w := underRules(t, false)
	ended := time.Now().Add(time.Minute) // an hour, by the rules' time
	for i := 0; time.Now().Before(ended); i++ {
		w.enqueue(campaigns(fmt.Sprintf("quiet%d-", i), 2, ""))
		w.report(http.StatusOK)
		w.await(time.Minute, fmt.Sprintf("quiet%d-1", i), campaign.StateSent)
	}
	w.awaitAlerts() // none
}

// Each alert of deploy/prometheus/octoq.yml fires by its cause, for what has that cause
// alone: first those of accounts, then that Redis is away, then that octoq web is.
func TestEachAlertFiresByItsCause(t *testing.T) {
	t.Parallel()
	w := underRules(t, true)
	w.enqueue(toList("unserved", `,"account":"nobody","not_before":"2099-01-01T00:00:00Z"`))
	w.must(0, "hold", "set", "--account", "held")
	w.web.admin(http.StatusNoContent, http.MethodPost, "/monitoring/api/queues/paused.create:pause", "", nil)
	w.enqueue(toList("stuck", `,"account":"paused"`))
	w.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "fails", Fault: simulator.Fault503})
	w.enqueue(toList("fails", `,"account":"failing"`))
	w.enqueue(toList("spends", `,"account":"spending"`))
	w.folder.swap(map[string]string{"filed.yaml": filed, "broken.yaml": "rate: fast\n"})
	w.takeTicks(30)
	w.enqueue(campaigns("told", 15, "")) // 15 events that nobody takes
	w.enqueue(`{"id":"dies","account":"dying","list_name":"l","text":"without","type":"sms_premium","purpose":"wholesale"}` + "\n")
	ofAccounts := []string{
		"OctoqNoWorker nobody", "OctoqAccountOnHold held", "OctoqStuck paused", "OctoqDeadLetters dying", "OctoqAPIFails failing", "OctoqScheduleMissed ticking",
		"OctoqWebhookBehind a webhook", "OctoqBudgetNearlyUsed spending", "OctoqSettingsFaulty broken.yaml",
	}
	w.awaitAlerts(ofAccounts...)

	w.redis.Kill()
	ofRedis := []string{"OctoqRedisUnread", "OctoqCallbacksUnstored default"}
	w.until(2*time.Minute, "callbacks cannot be stored", func() (bool, string) {
		w.report(http.StatusServiceUnavailable)
		return w.fired()["OctoqCallbacksUnstored default"], ""
	})
	w.awaitAlerts(slices.Concat(ofAccounts, ofRedis)...)

	w.process.kill()
	all := slices.Concat(ofAccounts, ofRedis, []string{"OctoqUnwatched"})
	w.awaitAlerts(all...)
	text, err := os.ReadFile("../../deploy/prometheus/octoq.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(text), -1) {
		if !slices.ContainsFunc(all, func(fired string) bool { return strings.HasPrefix(fired, rule[1]) }) {
			t.Errorf("%s: this test has no cause of it", rule[1])
		}
	}
}

// takeTicks gives the ids of the next ticks to other campaigns.
func (w *watched) takeTicks(n int) {
	w.t.Helper()
	var taken strings.Builder
	now := w.redisTime()
	for i := range n {
		fmt.Fprintf(&taken, `{"id":"beat-%s","account":"ticking","list_name":"other","text":"Hello, STOP au 30101","type":"sms_premium","purpose":"wholesale","not_before":"2099-01-01T00:00:00Z"}`+"\n",
			now.Add(time.Duration(i+5)*time.Second).UTC().Format(tickForm))
	}
	w.enqueue(taken.String())
}
