package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/testenv"
)

// binary is octoq, built once for all tests.
var binary string

// noBinary is why there is none.
var noBinary error

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "octoq-e2e-")
	noBinary = err
	if err == nil {
		binary, noBinary = proctest.Build(context.Background(), dir, "octoq", proctest.Octoq)
	}
	manyAtOnce()
	m.Run()
	_ = os.RemoveAll(dir)
}

// The credentials of the simulated API. The key must never be seen anywhere.
const (
	login  = "ops@example.com"
	apiKey = "k3y-which-nobody-may-see"
)

// rig is what one test runs on.
type rig struct {
	t     *testing.T
	redis *redistest.Server
	sim   *simulator.Server
	url   string // of the simulated API
	env   []string
	dir   string
	base  string                             // of the addresses of Redis, where it is none of the rig's own
	ways  map[rights.Role]*redistest.Address // to Redis, of roles that are watched
	// mayBeRefused is whether Redis may refuse something to a role.
	mayBeRefused bool
}

// newRig starts a Redis, on which each process has exactly the rights of its role, and
// a simulated API. A zero Config gets this package's
// credentials.
func newRig(t *testing.T, cfg simulator.Config, redisArgs ...string) *rig {
	t.Helper()
	server := startRedis(t, redisArgs...)
	var r *rig
	t.Cleanup(func() { r.nothingRefused() })
	r = rigOn(t, cfg, "")
	r.redis = server
	return r
}

// rigOn is a rig on a Redis that is there already, whose server nobody needs.
func rigOn(t *testing.T, cfg simulator.Config, redisURL string) *rig {
	t.Helper()
	if noBinary != nil {
		t.Fatal(noBinary)
	}
	if len(cfg.Accounts) == 0 {
		cfg.Accounts = []simulator.Account{{Login: login, Key: apiKey, Balance: 1e6}}
	}
	r := &rig{t: t, dir: t.TempDir()}
	sim, err := simulator.New(cfg)
	if err != nil {
		t.Fatalf("set up the simulator: %v", err)
	}
	r.sim = sim
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for the simulator: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("simulator: %v", err)
		}
	})
	r.url = "http://" + l.Addr().String() + "/v1/public"
	r.env = append(testenv.Clean(),
		"OCTOQ_API_URL="+r.url,
		"OCTOQ_API_LOGIN="+login, "OCTOQ_API_KEY="+apiKey, "OCTOQ_LOG_FORMAT=json")
	if redisURL != "" {
		r.setenv("OCTOQ_REDIS_URL=" + redisURL)
	}
	return r
}

// setenv adds variables for all processes started from now on.
func (r *rig) setenv(pairs ...string) { r.env = append(r.env, pairs...) }

// file writes a file of the test's own.
func (r *rig) file(name, content string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.t.Fatalf("write %s: %v", name, err)
	}
	return path
}

// outcome is what a command came to.
type outcome struct {
	out, err string
	code     int
}

// octoq runs a command to its end.
func (r *rig) octoq(args ...string) outcome { r.t.Helper(); return r.octoqIn("", args...) }

// octoqIn runs a command with standard input.
func (r *rig) octoqIn(stdin string, args ...string) outcome {
	r.t.Helper()
	return r.octoqOf(binary, stdin, args...)
}

// octoqOf is octoqIn of another octoq.
func (r *rig) octoqOf(program, stdin string, args ...string) outcome {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdin = r.envOf(args), strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatalf("octoq %s: %v", strings.Join(args, " "), err)
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must is octoq with an exit code that is expected.
func (r *rig) must(code int, args ...string) outcome {
	r.t.Helper()
	o := r.octoq(args...)
	if o.code != code {
		r.t.Fatalf("octoq %s: got exit code %d, want %d\n%s%s", strings.Join(args, " "), o.code, code, o.out, o.err)
	}
	return o
}

// process is a running octoq.
type process struct {
	*proctest.Process
	t *testing.T
}

// start runs a command until the test ends or it is stopped.
func (r *rig) start(args ...string) *process { r.t.Helper(); return r.startAs(binary, args...) }

// startAs runs a command of an octoq of the test's own.
func (r *rig) startAs(program string, args ...string) *process {
	r.t.Helper()
	log, err := os.CreateTemp(r.dir, "process-*.log")
	if err != nil {
		r.t.Fatal(err)
	}
	_ = log.Close()
	p, err := proctest.Start(log.Name(), r.envOf(args), program, args...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		p.Kill()
		if r.t.Failed() {
			r.t.Logf("%s %s:\n%s", filepath.Base(program), strings.Join(args, " "), tail(p.Log(), 6000))
		}
	})
	return &process{p, r.t}
}

// worker starts a worker and waits until it works.
func (r *rig) worker(args ...string) *process {
	r.t.Helper()
	p := r.start(append([]string{"worker"}, args...)...)
	r.until(20*time.Second, "worker works", func() (bool, string) {
		select {
		case <-p.Done:
			r.t.Fatalf("worker ended at once:\n%s", p.Log())
		default:
		}
		return strings.Contains(p.Log(), "worker works"), p.Log()
	})
	return p
}

// signal sends a signal.
func (p *process) signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// stop asks the process to end and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	return p.wait(40 * time.Second)
}

// wait returns the exit code once the process has ended.
func (p *process) wait(timeout time.Duration) int {
	p.t.Helper()
	code, err := p.Wait(timeout)
	if err != nil {
		p.t.Fatalf("%v:\n%s", err, tail(p.Log(), 4000))
	}
	return code
}

// kill ends the process as kill -9 does.
func (p *process) kill() { p.Kill() }

// until waits for a condition; its text is shown when it never comes true.
func (r *rig) until(timeout time.Duration, what string, cond func() (bool, string)) {
	r.t.Helper()
	deadline := time.After(timeout)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, seen := cond()
		if ok {
			return
		}
		select {
		case <-deadline:
			r.t.Fatalf("%s: not within %v; last seen: %s", what, timeout, tail(seen, 3000))
		case <-tick.C:
		}
	}
}

// status is `octoq status ID --json`, decoded into what it promises.
type status struct {
	ID          string            `json:"id"`
	Account     string            `json:"account"`
	State       campaign.State    `json:"state"`
	Ticket      string            `json:"ticket"`
	Cost        campaign.Money    `json:"cost"`
	Contacts    int               `json:"number_of_contacts"`
	SendingDate string            `json:"sending_date"`
	Attempts    campaign.Attempts `json:"attempts"`
	Failure     *campaign.Failure `json:"failure"`
	Orphans     []campaign.Orphan `json:"orphans"`
	Timeline    []campaign.Entry  `json:"timeline"`
	Run         int               `json:"run"`
	Step        int               `json:"step"`
	Cover       *campaign.Cover   `json:"cover"`
	Maybe       bool              `json:"maybe_confirmed"`
	ProvedBy    string            `json:"proved_by"`
	SentOrphan  string            `json:"sent_orphan"`
	Campaign    campaign.Campaign `json:"campaign"`
	Waiting     string            `json:"waiting"`
}

func (r *rig) status(id string) status {
	r.t.Helper()
	s, err := readStatus(r.must(0, "status", id, "--json"))
	if err != nil {
		r.t.Fatalf("status %s: %v", id, err)
	}
	return s
}

// readStatus reads what `octoq status ID --json` has printed.
func readStatus(o outcome) (status, error) {
	var s status
	if err := json.Unmarshal([]byte(o.out), &s); err != nil {
		return s, fmt.Errorf("exit code %d, %w in %q", o.code, err, o.out+o.err)
	}
	return s, nil
}

// await waits until a campaign is in a state.
func (r *rig) await(timeout time.Duration, id string, state campaign.State) status {
	r.t.Helper()
	var s status
	r.until(timeout, id+" is "+string(state), func() (bool, string) {
		s = r.status(id)
		return s.State == state, fmt.Sprintf("%+v", s)
	})
	return s
}

// list counts campaigns by state, by `octoq list --json`.
func (r *rig) list(more ...string) map[campaign.State]int {
	r.t.Helper()
	o := r.must(0, append([]string{"list", "--json", "--limit", "0"}, more...)...)
	counts := map[campaign.State]int{}
	for line := range strings.Lines(o.out) {
		var s status
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			r.t.Fatalf("list: %v in %q", err, line)
		}
		counts[s.State]++
	}
	return counts
}

// campaigns writes n valid campaigns as JSON Lines: ids prefix0, prefix1, …,
// every second one to a tag.
func campaigns(prefix string, n int, more string) string {
	var b strings.Builder
	for i := range n {
		to := "list_name"
		if i%2 == 1 {
			to = "tag_name"
		}
		fmt.Fprintf(&b, `{"id":"%s%d","%s":"%s%d","text":"Hello, STOP au 30101","type":"sms_premium","purpose":"wholesale"%s}`+"\n",
			prefix, i, to, prefix, i, more)
	}
	return b.String()
}

// carriedOut are the calls of a kind that the API carried out.
func (r *rig) carriedOut(call string) []simulator.Call {
	var calls []simulator.Call
	for _, c := range r.sim.Log() {
		if c.CarriedOut && (call == "" || c.Call == call) {
			calls = append(calls, c)
		}
	}
	return calls
}

// rule adds a fault to the API; it is gone when remove is called.
func (r *rig) rule(rule simulator.Rule) (remove func()) {
	r.t.Helper()
	id, err := r.sim.AddRule(rule)
	if err != nil {
		r.t.Fatalf("add a rule: %v", err)
	}
	return func() { _ = r.sim.RemoveRule(id) }
}

// onceEach fails unless every ticket that was sent belongs to another list or
// tag: no campaign was confirmed twice.
func (r *rig) onceEach() {
	r.t.Helper()
	stats := r.sim.Stats(time.Second)
	for _, sends := range []map[string]int{stats.SendsByList, stats.SendsByTag} {
		for name, n := range sends {
			if n > 1 {
				r.t.Errorf("sends to %s: got %d, want at most 1", name, n)
			}
		}
	}
	if len(stats.SentTwice) > 0 {
		r.t.Errorf("tickets sent twice: got %v, want none", stats.SentTwice)
	}
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
