package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/worker"
)

// anyRedis is a Redis of some kind: how the rig's processes reach it, and what doctor
// says about it.
type anyRedis struct {
	url     string
	env     []string // further settings
	durable string   // what --durable is given
	check   string   // a check of doctor
	finds   string   // what it finds
	files   [3]string
	nodes   []*redistest.Server // whatever has users
	cluster bool
}

// kindsOfRedis are all that octoq connects to.
func kindsOfRedis() map[string]func(*testing.T) anyRedis {
	return map[string]func(*testing.T) anyRedis{
		"sentinels": func(t *testing.T) anyRedis {
			t.Helper()
			set := redistest.StartSentinels(t, "--appendonly", "yes")
			for _, s := range set.Sentinels {
				if err := s.Client().Do(t.Context(), "acl", "setuser", "default", "resetpass", ">sentinels-secret").Err(); err != nil {
					t.Fatal(err)
				}
			}
			file := t.TempDir() + "/sentinels"
			if err := os.WriteFile(file, []byte("sentinels-secret\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return anyRedis{
				nodes: set.Nodes, url: set.URL(), env: []string{"OCTOQ_REDIS_SENTINEL_PASSWORD_FILE=" + file}, durable: "replicas:1",
				check: doctor.CheckSentinel, finds: "Sentinel: master " + redistest.MasterName + " at " + set.Nodes[0].Addr + ", 2 replicas, ",
			}
		},
		"a cluster": func(t *testing.T) anyRedis {
			t.Helper()
			nodes := redistest.StartNodes(t, "--appendonly", "yes")
			return anyRedis{
				nodes: nodes.Nodes, cluster: true, url: nodes.URL(), durable: "replicas:1",
				check: doctor.CheckCluster, finds: "cluster of 3 masters, 16384 of 16384 slots served",
			}
		},
		"TLS": func(t *testing.T) anyRedis {
			t.Helper()
			secured := redistest.NewSecured(t)
			files := [3]string{secured.Authority.CAFile, secured.Client.CertFile, secured.Client.KeyFile}
			server := redistest.StartSecured(t, secured, "--appendonly", "yes", "--appendfsync", "always")
			return anyRedis{
				nodes: []*redistest.Server{server}, url: server.URL(), durable: "disk", files: files,
				env:   []string{"OCTOQ_REDIS_CA_FILE=" + files[0], "OCTOQ_REDIS_CERT_FILE=" + files[1], "OCTOQ_REDIS_KEY_FILE=" + files[2]},
				check: doctor.CheckReach, finds: "answers in ",
			}
		},
	}
}

// Every command, worker, page and embedder works on each kind of Redis.
func TestEverythingWorksOnAnyRedis(t *testing.T) {
	t.Parallel()
	for name, start := range kindsOfRedis() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			on := start(t)
			r := rigOn(t, simulator.Config{}, "")
			r.base = on.url
			on.users(t)
			r.setenv(on.env...)
			r.quick()
			r.doctorFinds(on.check, on.finds)
			r.must(0, "enqueue", "--file", r.file("c.jsonl", campaigns("c", 6, "")+noStop("bad")), "--durable="+on.durable)
			r.must(4, "enqueue", "--file", r.file("again.jsonl", campaigns("c", 6, "")), "--durable="+on.durable)
			web := r.web()
			first := r.worker()
			for _, id := range []string{"c0", "c3", "c5"} {
				r.await(30*time.Second, id, campaign.StateSent)
			}
			r.await(30*time.Second, "bad", campaign.StateDead)
			r.operate()
			web.seeAll()
			r.embed(on)
			if code := first.stop(); code != 0 {
				t.Errorf("the worker's exit code: got %d, want 0", code)
			}
			r.onceEach()
		})
	}
}

// users makes the users of all roles, with what their rules grant and no more, and
// demands that nothing is refused to them.
func (on anyRedis) users(t *testing.T) {
	t.Helper()
	for _, node := range on.nodes {
		c := node.Client()
		for _, role := range rights.Roles() {
			rule := role.Rule()
			if on.cluster {
				rule = append(rule, role.OnCluster()...)
			}
			if role == rights.Producer && on.durable == "disk" {
				rule = append(rule, "+config|get") // for servers without WAITAOF
			}
			setUser(t, c, role, rule)
		}
		t.Cleanup(func() {
			for _, n := range refusalsOf(context.Background(), c) {
				t.Errorf("Redis refused to %s: %s %s", n.user, n.reason, n.object)
			}
		})
	}
}

// doctorFinds looks for a finding of doctor's, and for faults.
func (r *rig) doctorFinds(check, want string) {
	r.t.Helper()
	o, found := r.octoq("doctor", "--json"), false
	for line := range strings.Lines(o.out) {
		var f doctor.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			r.t.Fatalf("doctor: %v in %q", err, line)
		}
		found = found || f.Check == check && strings.HasPrefix(f.What, want)
		if strings.HasPrefix(f.Check, "redis_") && f.Level == doctor.Fault {
			r.t.Errorf("doctor: got the fault %+v, want none of Redis", f)
		}
	}
	if !found {
		r.t.Errorf("doctor: got\n%s%s\nwant that %s finds %q", o.out, o.err, check, want)
	}
}

// operate runs the operators' commands.
func (r *rig) operate() {
	r.t.Helper()
	r.must(0, "dead", "ls")
	r.must(0, "dead", "show", "bad")
	r.must(0, "dead", "edit", "bad", "--set", mended)
	r.must(0, "dead", "replay", "bad")
	r.await(30*time.Second, "bad", campaign.StateSent)
	r.must(0, "hold", "set", "--message", "a test")
	if o := r.must(0, "hold", "ls"); !strings.Contains(o.out, "a test") {
		r.t.Errorf("hold ls: got %q, want the hold", o.out)
	}
	r.must(0, "enqueue", "--file", r.file("held.jsonl", campaigns("held", 2, "")))
	r.must(0, "cancel", "held0")
	r.must(0, "hold", "clear")
	r.await(30*time.Second, "held1", campaign.StateSent)
	r.await(30*time.Second, "held0", campaign.StateCancelled)
	r.must(0, "enqueue", "--file", r.file("priced.jsonl", campaigns("priced", 1, `,"max_cost":"0.01"`)))
	r.await(30*time.Second, "priced0", campaign.StateAwaitingApproval)
	r.must(0, "approve", "priced0", "--up-to", "1000", "--contacts", "1000000")
	r.await(30*time.Second, "priced0", campaign.StateSent)
	r.must(0, "schedule", "add", "monthly", "--cron", "0 9 1 * *", "--zone", "UTC", "--list-name", "all", "--text", "Hello, STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale")
	r.must(0, "schedule", "ls")
	r.must(0, "schedule", "rm", "monthly")
	r.must(0, "vouch", "--reason", "a test")
	if counts := r.list(); counts[campaign.StateSent] != 9 {
		r.t.Errorf("list: got %v, want 9 sent", counts)
	}
}

// seeAll opens the pages that octoq web has, asynq's among them.
func (p *pages) seeAll() {
	p.rig.t.Helper()
	for path, want := range map[string]string{
		"/readyz": "", "/healthz": "", "/metrics": `octoq_campaigns{account="default",state="sent"} 9`,
		"/monitoring/": "<html", "/monitoring/api/queues": "default.create", "/monitoring/api/queue_stats": "default.create",
		"/monitoring/api/queues/default.create": `"queue":"default.create"`, "/monitoring/api/queues/default.dead/scheduled_tasks": `"tasks"`,
		"/monitoring/api/redis_info": `"info"`, "/monitoring/api/servers": "servers",
	} {
		if code, answer := p.ask(http.MethodGet, path); code != http.StatusOK || !strings.Contains(answer, want) {
			p.rig.t.Errorf("%s: got %d %.300s, want 200 with %q", path, code, answer, want)
		}
	}
	p.must(http.StatusNoContent, http.MethodPost, "/queues/default.create:pause")
	p.must(http.StatusNoContent, http.MethodPost, "/queues/default.create:resume")
}

// embed enqueues through the package, and works in this process.
func (r *rig) embed(on anyRedis) {
	r.t.Helper()
	sentinels := ""
	for _, pair := range on.env {
		if file, ok := strings.CutPrefix(pair, "OCTOQ_REDIS_SENTINEL_PASSWORD_FILE="); ok {
			sentinels = file
		}
	}
	client, err := enqueue.New(enqueue.Config{
		RedisURL: on.url, RedisCAFile: on.files[0], RedisCertFile: on.files[1], RedisKeyFile: on.files[2], RedisSentinelPasswordFile: sentinels,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	c := campaign.Campaign{ID: "embedded", ListName: "all", Text: "Hello, STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale}
	if _, err := client.Enqueue(r.t.Context(), c); err != nil {
		r.t.Error(err)
	}
	if _, err := worker.New(worker.Config{
		RedisURL: on.url, RedisCAFile: on.files[0], RedisCertFile: on.files[1], RedisKeyFile: on.files[2], RedisSentinelPasswordFile: sentinels,
		Accounts: map[string]worker.Account{"default": {Login: login, Key: apiKey, APIURL: r.url}},
	}); err != nil {
		r.t.Error(err)
	}
	r.await(30*time.Second, "embedded", campaign.StateSent)
}
