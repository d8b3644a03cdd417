package chaos

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
)

// way is a toxiproxy of its own for one proxy, as the process that it is: what
// one of them gets stuck in leaves the others alone.
type way struct {
	process *proctest.Process
	host    string // of its API
	port    string
}

// proxy starts a way to upstream.
func (w *world) proxy(name, upstream string) *toxiproxy.Proxy {
	w.t.Helper()
	host, port, err := net.SplitHostPort(redistest.FreeAddr(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	made := &way{host: host, port: port}
	client, err := w.start(name, made)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { made.process.Kill() })
	w.mu.Lock()
	w.ways[name] = made
	w.mu.Unlock()
	p, err := client.CreateProxy(name, "127.0.0.1:0", upstream)
	if err != nil {
		w.t.Fatalf("create proxy %s: %v", name, err)
	}
	return p
}

func (w *world) start(name string, made *way) (*toxiproxy.Client, error) {
	env := append(os.Environ(), "LOG_LEVEL=error")
	log := filepath.Join(w.dir, "toxiproxy-"+name+".log")
	p, err := proctest.Start(log, env, programs.toxiproxy, "-host", made.host, "-port", made.port)
	if err != nil {
		return nil, err
	}
	made.process = p
	client := toxiproxy.NewClient(net.JoinHostPort(made.host, made.port))
	w.until(20*time.Second, "toxiproxy of "+name+" answers", func() (bool, string) {
		_, err := client.Proxies()
		return err == nil, fmt.Sprint(err)
	})
	return client, nil
}

// renew puts a new process in the place of one that is stuck, which cuts its
// connections.
func (w *world) renew(p *toxiproxy.Proxy) {
	w.mu.Lock()
	made := w.ways[p.Name]
	w.mu.Unlock()
	made.process.Kill()
	client, err := w.start(p.Name, made)
	if err == nil {
		_, err = client.CreateProxy(p.Name, p.Listen, p.Upstream)
	}
	if err != nil {
		w.t.Errorf("renew proxy %s: %v", p.Name, err)
	}
}
