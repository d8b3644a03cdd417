package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

const (
	webUser     = "watcher"
	webPassword = "pa55-which-nobody-may-see-either"
)

// places collects what can be read at different places, to be searched at the end.
type places map[string]string

func (p places) add(where, text string) { p[where] += text + "\n" }

// secrets are the forms in which key and password must not be found anywhere;
// a piece of them is enough.
func secrets() []string {
	both := base64.StdEncoding.EncodeToString([]byte(webUser + ":" + webPassword))
	return []string{
		apiKey[:12], apiKey[len(apiKey)-12:], webPassword[:12], webPassword[len(webPassword)-12:],
		base64.StdEncoding.EncodeToString([]byte(apiKey))[:16], both[len(webUser)+8 : len(webUser)+24],
		fmt.Sprintf("%x", apiKey[:12]),
	}
}

// search fails for every place where a secret is found, and for every place
// that does not hold what certainly is there: it was not really looked at.
func (p places) search(t *testing.T, canaries map[string]string) {
	t.Helper()
	for where, text := range p {
		for _, secret := range secrets() {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s holds a secret: …%s…", where, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	}
	for where, canary := range canaries {
		if !strings.Contains(p[where], canary) {
			t.Errorf("%s does not hold %q: got %s", where, canary, tail(p[where], 500))
		}
	}
}

// troubles are faults of every kind, each for a campaign of its own; some of
// the API's answers repeat the key.
func troubles() map[string]simulator.Rule {
	echo := "the key " + apiKey + " of " + login + " is no good"
	answer := func(call string, status, code int, body string) simulator.Rule {
		return simulator.Rule{Call: call, Fault: simulator.FaultAnswer, HTTPStatus: status, Code: code, Message: echo, Body: body, Times: 1}
	}
	rules := map[string]simulator.Rule{
		"echo-dead":    answer(simulator.CallCreate, 400, 303, ""),
		"echo-send":    answer(simulator.CallSend, 422, 0, echo),
		"echo-status":  answer(simulator.CallStatus, 400, 0, echo),
		"echo-html":    answer(simulator.CallCreate, 503, 0, "<html>"+echo+"</html>"),
		"echo-ticket":  answer(simulator.CallCreate, 201, 0, `{"ticket_number":"`+apiKey+`"}`),
		"echo-account": answer(simulator.CallCreate, 401, 101, ""),
	}
	for _, fault := range []string{
		simulator.Fault500, simulator.Fault503, simulator.Fault429, simulator.FaultHang, simulator.FaultDropBefore,
		simulator.FaultDropAfter, simulator.FaultGarbage, simulator.FaultHuge, simulator.FaultUnauthorized,
		simulator.FaultNoCredit, simulator.FaultFailed,
	} {
		rules[strings.ReplaceAll("f-"+fault, "_", "-")] = simulator.Rule{Call: simulator.CallCreate, Fault: fault, Times: 1}
	}
	return rules
}

// Key and password are found in no log line at the finest level, no answer of a
// command, no metric, no page, no process argument, nothing that is in Redis
// and nothing that was ever sent to it.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{HugeSize: 1 << 20})
	r.setenv("OCTOQ_LOG_LEVEL=trace", "OCTOQ_WEB_USER="+webUser, "OCTOQ_WEB_PASSWORD="+webPassword)
	seen := places{}
	toRedis := r.monitor()
	worker := r.worker("--listen", "127.0.0.1:0", "--rate", "50", "--burst", "20", "--max-in-flight", "8",
		"--api-timeout", "2s", "--backoff", "200ms", "--backoff-max", "1s", "--poll-first", "500ms", "--probe", "500ms")
	web := r.start("web", "--web-listen", "127.0.0.1:0")
	for id, rule := range troubles() {
		rule.ListName = id
		r.rule(rule)
		r.enqueue(toList(id, ""))
	}
	const n = 10
	r.enqueue(campaigns("fine", n, `,"labels":{"canary":"tweet"}`))
	r.command(seen, "hold ls") // while there may be one
	r.until(60*time.Second, "all end", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent]+counts[campaign.StateDead] == n+len(troubles()), fmt.Sprint(counts)
	})

	r.readPages(seen, worker, web)
	for _, command := range []string{
		"list", "list --json", "dead ls", "dead ls --json", "dead show echo-dead", "dead show echo-dead --json", "hold ls --json",
		"doctor", "doctor --json", "worker --help", "web --help", "simulate --help", "worker --rate fast", "worker --no-such-flag",
		"worker --redis-url redis://127.0.0.1:1", "worker --api-url http://example.com", "web --web-listen nowhere", "version",
	} {
		r.command(seen, command)
	}
	for name, yaml := range map[string]string{
		"unknown-key": "api_key: " + apiKey + "\napikey: " + apiKey + "\n", "syntax": "api_key: " + apiKey + "\n  rate: [\n" + apiKey,
		"list": "api_key: [" + apiKey + "]\nrate: fast\n", "account": "accounts:\n  shop: " + apiKey + "\n",
		"accounts": "accounts: " + apiKey + "\n", "duplicate": "api_key: " + apiKey + "\napi_key: " + apiKey + "\n",
	} {
		r.command(seen, "worker --config "+r.file(name+".yaml", yaml))
	}
	for id := range troubles() {
		r.command(seen, "status "+id)
		r.command(seen, "status "+id+" --json")
	}
	for name, p := range map[string]*process{"worker": worker, "web": web} {
		args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID()))
		if err != nil {
			t.Logf("no process arguments here: %v", err)
			continue
		}
		seen.add("arguments of "+name, string(args))
	}
	worker.stop()
	web.stop()
	seen.add("log of worker", worker.Log())
	seen.add("log of web", web.Log())
	seen.add("what Redis holds", r.everything())
	seen.add("what Redis was sent", toRedis.String())
	seen.search(t, map[string]string{
		"log of worker":               "f-hang",
		"log of web":                  "pages at",
		"what Redis holds":            "tweet",
		"what Redis was sent":         "tweet",
		"octoq list":                  "fine0",
		"octoq dead show echo-dead":   "[redacted]",
		"octoq status echo-send":      "echo-send",
		"octoq doctor":                "balance",
		"metrics of worker":           "octoq_",
		"page /monitoring/api/queues": "default.dead",
		"page /metrics":               "octoq_",
		"page of letters":             "echo-dead",
		"page without the password":   "Wrong user or password",
		"page /":                      "octoq",
		"octoq worker --rate fast":    "rate",

		"octoq worker --config " + r.dir + "/unknown-key.yaml": "unknown key apikey",
	})
	r.onceEach()
}

// command runs a command, whatever it comes to, and keeps what it says.
func (r *rig) command(seen places, command string) {
	r.t.Helper()
	o := r.octoq(strings.Fields(command)...)
	seen.add("octoq "+command, o.out+o.err)
}

// readPages reads the pages of worker and web.
func (r *rig) readPages(seen places, worker, web *process) {
	r.t.Helper()
	health := "http://" + r.says(worker, `"address":"([^"]+)".*health and metrics`)
	for _, path := range []string{"/metrics", "/readyz", "/healthz", "/"} {
		_, body := r.page(health+path, webUser, webPassword)
		seen.add(strings.TrimPrefix(path, "/")+" of worker", body)
	}
	base := r.says(web, `pages at (http://[^/\s]+)`)
	for where, path := range map[string]string{
		"page /": "/", "page /metrics": "/metrics", "page /readyz": "/readyz", "page /monitoring": "/monitoring",
		"page /monitoring/api/queues": "/monitoring/api/queues",
		"page of letters":             "/monitoring/api/queues/default.dead/scheduled_tasks",
		"page of servers":             "/monitoring/api/servers",
	} {
		_, body := r.page(base+path, webUser, webPassword)
		seen.add(where, body)
	}
	_, body := r.page(base+"/", webUser, "wrong")
	seen.add("page without the password", body)
}

// monitor keeps everything that is sent to Redis from now on.
func (r *rig) monitor() *lockedBuffer {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.redis.Addr)
	if err != nil {
		r.t.Fatalf("watch Redis: %v", err)
	}
	if _, err := conn.Write([]byte("MONITOR\r\n")); err != nil {
		r.t.Fatalf("watch Redis: %v", err)
	}
	var b lockedBuffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		for in := bufio.NewReader(conn); ; {
			line, err := in.ReadString('\n')
			_, _ = b.Write([]byte(line))
			if err != nil {
				return
			}
		}
	}()
	r.t.Cleanup(func() { _ = conn.Close(); <-done })
	return &b
}

// everything is all that Redis holds, keys and values of all types.
func (r *rig) everything() string {
	r.t.Helper()
	ctx, rdb := r.t.Context(), r.redis.Client()
	var b strings.Builder
	keys := rdb.Scan(ctx, 0, "*", 1000).Iterator()
	for keys.Next(ctx) {
		value, err := valueOf(ctx, rdb, keys.Val())
		if err != nil {
			r.t.Fatalf("read %s: %v", keys.Val(), err)
		}
		fmt.Fprintf(&b, "%s = %s\n", keys.Val(), value)
	}
	if err := keys.Err(); err != nil {
		r.t.Fatalf("read all keys: %v", err)
	}
	return b.String()
}

func valueOf(ctx context.Context, rdb *redis.Client, key string) (string, error) {
	kind, err := rdb.Type(ctx, key).Result()
	if err != nil {
		return "", err
	}
	var value any
	switch kind {
	case "string":
		value, err = rdb.Get(ctx, key).Result()
	case "list":
		value, err = rdb.LRange(ctx, key, 0, -1).Result()
	case "set":
		value, err = rdb.SMembers(ctx, key).Result()
	case "zset":
		value, err = rdb.ZRangeWithScores(ctx, key, 0, -1).Result()
	case "hash":
		value, err = rdb.HGetAll(ctx, key).Result()
	case "stream":
		value, err = rdb.XRange(ctx, key, "-", "+").Result()
	case "none": // it has expired
	default:
		return "", fmt.Errorf("type %s is new here", kind)
	}
	return fmt.Sprint(value), err
}

// lockedBuffer may be written to and read at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
