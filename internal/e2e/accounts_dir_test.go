package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// secret is a folder as Kubernetes mounts a secret: links into ..data, which is a link to
// a hidden folder, and is swapped.
type secret struct {
	t       *testing.T
	dir     string
	version int
}

func (r *rig) secret(files map[string]string) *secret {
	r.t.Helper()
	s := &secret{t: r.t, dir: filepath.Join(r.dir, "accounts")}
	s.must(os.MkdirAll(filepath.Join(s.dir, "a-folder.yaml"), 0o700))
	s.swap(files)
	return s
}

func (s *secret) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// swap puts other files there, in the order in which Kubernetes does.
func (s *secret) swap(files map[string]string) {
	s.t.Helper()
	data := filepath.Join(s.dir, "..data")
	old, _ := os.Readlink(data)
	s.version++
	version := fmt.Sprintf("..version_%d", s.version)
	s.must(os.Mkdir(filepath.Join(s.dir, version), 0o700))
	for name, content := range files {
		s.must(os.WriteFile(filepath.Join(s.dir, version, name), []byte(content), 0o600))
	}
	s.must(os.Symlink(version, data+"_tmp"))
	s.must(os.Rename(data+"_tmp", data))
	for name := range files {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(s.dir, name)); !os.IsExist(err) {
			s.must(err)
		}
	}
	links, err := filepath.Glob(filepath.Join(s.dir, "[^.]*"))
	s.must(err)
	for _, link := range links {
		if _, there := files[filepath.Base(link)]; !there && filepath.Base(link) != "a-folder.yaml" {
			s.must(os.Remove(link))
		}
	}
	if old != "" {
		s.must(os.RemoveAll(filepath.Join(s.dir, old)))
	}
}

// ofFolder is a rig whose accounts are those of a folder: the simulated API knows the
// logins one, two and new.
func ofFolder(t *testing.T) *rig {
	t.Helper()
	var known []simulator.Account
	for _, name := range []string{"one", "two", "new"} {
		known = append(known, simulator.Account{Login: name + "@example.com", Key: name + "-" + apiKey, Balance: 1e6})
	}
	r := newRig(t, simulator.Config{Accounts: known})
	r.setenv("OCTOQ_API_LOGIN=", "OCTOQ_API_KEY=", "OCTOQ_ACCOUNTS_DIR="+filepath.Join(r.dir, "accounts"),
		"OCTOQ_RATE=100", "OCTOQ_BURST=20", "OCTOQ_MAX_IN_FLIGHT=10", "OCTOQ_POLL_FIRST=50ms", "OCTOQ_POLL_MAX=500ms")
	return r
}

// loginOf is the file of an account with a login of the simulated API.
func loginOf(name string) string {
	return fmt.Sprintf("api_login: %s@example.com\napi_key: %s-%s\n", name, name, apiKey)
}

// logins are those by which creates of lists or tags with a prefix were carried out.
func (r *rig) logins(prefix string) map[string]int {
	by := map[string]int{}
	for _, c := range r.carriedOut(simulator.CallCreate) {
		if strings.HasPrefix(c.ListName+c.TagName, prefix) {
			by[c.Login]++
		}
	}
	return by
}

// Under load an account of a mounted secret is added, another gets other settings while a
// call of it is in flight, and then goes and comes back: every campaign is sent once.
func TestAccountsOfAFolderComeChangeAndGo(t *testing.T) {
	t.Parallel()
	const n = 150
	r := ofFolder(t)
	files := map[string]string{"one.yaml": loginOf("one")}
	s := r.secret(files)
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "slow", Fault: simulator.FaultLatency, LatencyMS: 10000, CarryOut: true})
	w, web := r.worker(), r.web()
	r.enqueue(toList("slow", `,"account":"one"`))
	r.underWay(simulator.CallCreate, "slow")
	r.enqueue(campaigns("a", n, `,"account":"one"`))

	files["one.yaml"], files["two.yml"] = loginOf("one")+"rate: 90\n", loginOf("two")
	s.swap(files)
	r.enqueue(campaigns("b", n, `,"account":"two"`))
	r.awaitSent(60*time.Second, n, "--account", "two")
	r.says(w, "account stops")
	r.enqueue(campaigns("c", n, `,"account":"one"`))
	r.awaitSent(90*time.Second, 2*n+1, "--account", "one")
	if calls := r.calls(simulator.CallCreate, "slow"); len(calls) != 1 || calls[0].Abandoned {
		t.Errorf("the call in flight: got %+v, want it finished", calls)
	}

	delete(files, "one.yaml")
	s.swap(files)
	r.until(20*time.Second, "the account has stopped", func() (bool, string) { return strings.Count(w.Log(), "account has stopped") == 2, w.Log() })
	r.enqueue(campaigns("d", n, `,"account":"one"`))
	r.until(20*time.Second, "doctor says that no worker serves it", func() (bool, string) {
		got := r.octoq("doctor", "--json").out
		return strings.Contains(got, noWorker("one")) && !strings.Contains(got, noWorker("two")), got
	})
	if n, samples := web.metrics().sum("octoq_workers", `account="one"`); n != 0 || samples != 1 {
		t.Errorf("when it has gone: got %v workers in %d samples, want 0 in 1", n, samples)
	}
	if counts := r.list("--account", "one"); counts[campaign.StateSent] != 2*n+1 || len(r.logins("d")) > 0 {
		t.Errorf("of an account that has gone: got %v and creates by %v, want what was sent before", counts, r.logins("d"))
	}
	files["one.yaml"] = loginOf("one") + "confirm: manual\n"
	s.swap(files)
	plan := r.planOfWaiting("one", n)
	files["one.yaml"] = loginOf("one")
	s.swap(files)
	r.until(20*time.Second, "the account has stopped", func() (bool, string) { return strings.Count(w.Log(), "account has stopped") == 3, w.Log() })
	r.must(0, "approve", "--plan", plan)
	r.awaitSent(90*time.Second, 3*n+1, "--account", "one")
	if n, _ := web.metrics().sum("octoq_workers", `account="one"`); n != 1 {
		t.Errorf("when it is back: got %v workers, want 1", n)
	}
	if sent := len(r.carriedOut(simulator.CallSend)); sent != 4*n+1 {
		t.Errorf("sent: got %d, want %d", sent, 4*n+1)
	}
	r.onceEach()
	if code := w.stop(); code != 0 || strings.Contains(w.Log(), apiKey) {
		t.Errorf("the worker ended with %d, want 0 and no key in its log", code)
	}
}

// planOfWaiting is a plan to approve what waits in an account, once so much does.
func (r *rig) planOfWaiting(account string, n int) string {
	r.t.Helper()
	r.until(90*time.Second, "all wait to be approved", func() (bool, string) {
		counts := r.list("--account", account)
		return counts[campaign.StateAwaitingApproval] == n, fmt.Sprint(counts)
	})
	return r.planOf("approve", "--account", account, "--state", "awaiting_approval").Plan
}

// noWorker is how doctor's finding begins that no worker serves an account.
func noWorker(account string) string {
	return `{"check":"workers","account":"` + account + `","level":"fault"`
}

// faulty are the lines of the worker's metric of files with a fault.
func (r *rig) faulty(page string) string {
	r.t.Helper()
	status, body := r.page(page+"/metrics", "", "")
	if status != http.StatusOK {
		r.t.Fatalf("metrics: got status %d: %s", status, tail(body, 500))
	}
	var found []string
	for _, line := range lines(body) {
		if strings.HasPrefix(line, "octoq_settings_faulty{") {
			found = append(found, line)
		}
	}
	return strings.Join(found, "\n")
}

// Files with a fault leave their accounts as they were, new ones out, and the others
// alone; log, metric and doctor name them, and none shows a key.
func TestAFaultyFileOfAFolderChangesNothing(t *testing.T) {
	t.Parallel()
	r := ofFolder(t)
	r.must(2, "worker") // there is no folder
	s := r.secret(nil)
	w := r.worker("--listen", "127.0.0.1:0") // with nothing to serve
	page := "http://" + r.says(w, `"address":"([^"]+)"`)
	s.swap(map[string]string{"one.yaml": loginOf("one")})
	r.enqueue(campaigns("a", 10, `,"account":"one"`))
	r.awaitSent(30*time.Second, 10, "--account", "one")

	s.swap(map[string]string{"one.yaml": loginOf("new") + "rate: fast\n", "two.yaml": apiKey, "new.yaml": loginOf("new")})
	r.enqueue(campaigns("n", 10, `,"account":"new"`))
	r.awaitSent(30*time.Second, 10, "--account", "new")
	if got, want := r.faulty(page), "octoq_settings_faulty{file=\"one.yaml\"} 1\noctoq_settings_faulty{file=\"two.yaml\"} 1"; got != want {
		t.Errorf("metric: got %s, want %s", got, want)
	}
	o := r.must(1, "doctor", "--json")
	for _, text := range []string{o.out, w.Log()} {
		for _, want := range []string{"one.yaml: rate is", "two.yaml: it is no YAML of settings"} {
			if !strings.Contains(text, want) || strings.Contains(text, apiKey) {
				t.Errorf("got %s, want %q in it and no key", tail(text, 3000), want)
			}
		}
	}
	r.enqueue(campaigns("b", 10, `,"account":"one"`))
	r.awaitSent(30*time.Second, 20, "--account", "one")
	if got, want := r.logins("b"), map[string]int{"one@example.com": 10}; !maps.Equal(got, want) {
		t.Errorf("beside a fault in its file: got creates by %v, want %v", got, want)
	}

	s.swap(map[string]string{"one.yaml": loginOf("one"), "two.yaml": loginOf("two")})
	r.enqueue(campaigns("t", 10, `,"account":"two"`))
	r.awaitSent(30*time.Second, 10, "--account", "two")
	if got := r.faulty(page); got != "" {
		t.Errorf("when the files are corrected: got %s", got)
	}

	// Another login does not know the tickets of the one before.
	s.swap(map[string]string{"one.yaml": loginOf("one"), "two.yaml": loginOf("new")})
	r.says(w, "account two has another login now")
	r.enqueue(campaigns("l", 10, `,"account":"two"`))
	r.awaitSent(30*time.Second, 20, "--account", "two")
	if got, want := r.logins("l"), map[string]int{"two@example.com": 10}; !maps.Equal(got, want) {
		t.Errorf("with another login: got creates by %v, want %v", got, want)
	}
	r.onceEach()
}

// An account that the config file sets as well is an error, which names both places.
func TestAnAccountThatIsSetTwice(t *testing.T) {
	t.Parallel()
	r := ofFolder(t)
	s := r.secret(map[string]string{"one.yaml": loginOf("one"), "two.yaml": loginOf("two")})
	config := r.file("octoq.yaml", "accounts:\n  one: {api_login: one@example.com, api_key: k}\n")
	o := r.must(2, "worker", "--config", config)
	if !strings.Contains(o.err, "accounts.one of the config file and by "+filepath.Join(s.dir, "one.yaml")) {
		t.Errorf("got %q, want both places in it", o.err)
	}
	r.file("octoq.yaml", "rate: 50\n")
	w := r.worker("--config", config)
	r.file("octoq.yaml", "accounts:\n  one: {api_login: new@example.com, api_key: k}\n  new: {api_login: new@example.com, api_key: new-"+apiKey+"}\n")
	r.says(w, "is set twice")
	r.enqueue(campaigns("n", 4, `,"account":"new"`))
	r.enqueue(campaigns("o", 4, `,"account":"one"`))
	r.awaitSent(30*time.Second, 4, "--account", "new")
	r.awaitSent(30*time.Second, 4, "--account", "one")
	if got, want := r.logins("o"), map[string]int{"one@example.com": 4}; !maps.Equal(got, want) {
		t.Errorf("while it is set twice: got creates by %v, want %v", got, want)
	}
}

// An account that goes while Redis is frozen and a call of it is in flight stops when
// Redis is back, and comes back then; a worker that is to end meanwhile ends in time.
// Either way nothing is lost, and nothing sent twice.
func TestAnAccountThatGoesWhileRedisIsFrozen(t *testing.T) {
	t.Parallel()
	const n, timeout = 20, 3 * time.Second
	for name, ends := range map[string]bool{"and the worker goes on": false, "and the worker ends": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ofFolder(t)
			r.setenv("OCTOQ_API_TIMEOUT=" + timeout.String())
			s := r.secret(map[string]string{"one.yaml": loginOf("one")})
			remove := r.rule(simulator.Rule{Call: simulator.CallCreate, Fault: simulator.FaultHang})
			w := r.worker()
			r.enqueue(campaigns("c", n, `,"account":"one"`))
			r.underWay(simulator.CallCreate, "c0")
			r.redis.Freeze()
			s.swap(nil)
			r.says(w, "account stops")
			if ends {
				w.signal(syscall.SIGTERM)
				if code := w.wait(timeout + 10*time.Second); code != 0 {
					t.Errorf("exit code: got %d, want 0", code)
				}
			}
			remove()
			r.redis.Thaw()
			s.swap(map[string]string{"one.yaml": loginOf("one"), "two.yaml": loginOf("two")})
			if ends {
				w = r.worker()
			}
			r.awaitSent(2*time.Minute, n, "--account", "one")
			r.onceEach()
			if code := w.stop(); code != 0 {
				t.Errorf("exit code: got %d, want 0", code)
			}
		})
	}
}
