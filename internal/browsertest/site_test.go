package browsertest

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/testenv"
)

const (
	apiLogin = "ops@example.com"
	apiKey   = "k3y-which-nobody-may-see"
	password = "correct horse battery"
)

// soon is how long anything may take that is to happen at once.
const soon = time.Minute

// site is a console over a Redis of its own, with a worker and the simulated API.
type site struct {
	t      *testing.T
	url    string
	dir    string
	env    []string
	binary string
	client *enqueue.Client
	sim    *simulator.Server
	worker *proctest.Process
}

func newSite(t *testing.T) *site {
	t.Helper()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s := &site{t: t, dir: t.TempDir()}
	var err error
	if s.binary, err = proctest.Build(t.Context(), s.dir, "octoq", proctest.Octoq); err != nil {
		t.Fatal(err)
	}
	s.env = append(testenv.Clean(), "OCTOQ_REDIS_URL="+server.URL(), "OCTOQ_API_URL="+s.simulate(), "OCTOQ_API_LOGIN="+apiLogin, "OCTOQ_API_KEY="+apiKey)
	if s.client, err = enqueue.New(enqueue.Config{RedisURL: server.URL(), Warn: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.client.Close() })
	s.run(password+"\n", "user", "add", "anna", "--role", "admin")
	s.worker = s.start("worker", "worker")
	web := s.start("web", "web", "--web-listen", "127.0.0.1:0")
	find := regexp.MustCompile(`pages at (http://[^/\s]+)`)
	s.until("octoq web serves", func() bool {
		found := find.FindStringSubmatch(web.Log())
		if found != nil {
			s.url = found[1]
		}
		return found != nil
	})
	return s
}

// simulate starts the simulated API, and returns its address.
func (s *site) simulate() string {
	s.t.Helper()
	var err error
	s.sim, err = simulator.New(simulator.Config{ComputeTime: 500 * time.Millisecond, Accounts: []simulator.Account{{Login: apiLogin, Key: apiKey, Balance: 1e6}}})
	if err != nil {
		s.t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.sim.Run(ctx, l) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("simulator: %v", err)
		}
	})
	return "http://" + l.Addr().String() + "/v1/public"
}

// run runs a command to its end.
func (s *site) run(input string, args ...string) {
	s.t.Helper()
	c := exec.CommandContext(s.t.Context(), s.binary, args...)
	c.Env, c.Stdin = s.env, strings.NewReader(input)
	if out, err := c.CombinedOutput(); err != nil {
		s.t.Fatalf("octoq %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// start starts a command that ends with the test.
func (s *site) start(name string, args ...string) *proctest.Process {
	s.t.Helper()
	p, err := proctest.Start(filepath.Join(s.dir, name+".log"), s.env, s.binary, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		p.Kill()
		if s.t.Failed() {
			s.t.Logf("octoq %s:\n%s", name, p.Log())
		}
	})
	return p
}

// signals sends a signal to the worker.
func (s *site) signals(signal syscall.Signal) {
	s.t.Helper()
	if err := s.worker.Signal(signal); err != nil {
		s.t.Fatalf("send %v to the worker: %v", signal, err)
	}
}

// until waits until something holds.
func (s *site) until(what string, holds func() bool) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(soon)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("still not after %v: %s", soon, what)
		}
	}
}

// alert is a campaign that goes out at any hour.
func alert(id, text string) campaign.Campaign {
	return campaign.Campaign{ID: id, ListName: "customers", Text: text, Type: campaign.TypePremium, Purpose: campaign.PurposeAlert, Sender: "CompanyX"}
}

// offer is a campaign that sells something: wholesale, as the law has it, with a way to
// stop such messages.
func offer(id, text string) campaign.Campaign {
	c := alert(id, text+" STOP au 30101")
	c.Purpose = campaign.PurposeWholesale
	return c
}

// enqueue enqueues a campaign, and waits until it is in a state.
func (s *site) enqueue(c campaign.Campaign, state campaign.State) {
	s.t.Helper()
	if _, err := s.client.Enqueue(s.t.Context(), c); err != nil {
		s.t.Fatal(err)
	}
	s.reaches(c.ID, state)
}

// reaches waits until a campaign is in a state.
func (s *site) reaches(id string, state campaign.State) {
	s.t.Helper()
	s.until(id+" is "+string(state), func() bool {
		r, err := s.client.Get(s.t.Context(), campaign.DefaultAccount, id)
		return err == nil && r.State == state
	})
}

// file writes a file of the test's own.
func (s *site) file(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// status is the answer to a request without a session.
func (s *site) status(r *http.Request) int {
	s.t.Helper()
	resp, err := (&http.Client{Timeout: soon, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
