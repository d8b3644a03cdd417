package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/worker"
)

// On a cluster a producer and a worker that are handed a client do their work under
// their rules and what is granted besides on a cluster.
func TestRolesOnACluster(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{ComputeTime: 100 * time.Millisecond})
	node := redistest.StartCluster(t)
	producer := r.clusterProducer(node)
	stop := r.clusterWorker(node)
	if _, err := producer.Enqueue(t.Context(), campaignTo("a")); err != nil {
		t.Fatal(err)
	}
	r.until(30*time.Second, "a is sent", func() (bool, string) {
		found, err := producer.Get(t.Context(), "", "a")
		return err == nil && found.State == campaign.StateSent, string(found.State)
	})
	stop()
	if refused := refusalsOf(t.Context(), node); len(refused) > 0 {
		t.Errorf("got refused %v, want nothing", refused)
	}
	for _, word := range []string{"+cluster|slots", "+command"} { // what every client of clusters asks for
		rule := slices.DeleteFunc(clusterRule(rights.Producer), func(w string) bool { return w == word })
		setUser(t, node, rights.Producer, rule)
		_, _ = r.clusterClient(node, rights.Producer).Get(t.Context(), "octoq:{a}:").Result()
		refused := refusalsOf(t.Context(), node)
		if !slices.ContainsFunc(refused, func(n refusal) bool { return n.isFor(word) }) {
			t.Errorf("without %s: got refused %v, want that", word, refused)
		}
	}
}

func clusterRule(role rights.Role) []string { return append(role.Rule(), role.OnCluster()...) }

// setUser gives the user of a role a rule and what newer servers grant besides, where
// the server knows it.
func setUser(t *testing.T, c redis.UniversalClient, role rights.Role, rule []string) {
	t.Helper()
	rule = append([]string{"reset", "on", ">" + roleSecret}, rule...)
	if c.ACLSetUser(t.Context(), userOf(role), append(rule, role.Newer()...)...).Err() == nil {
		return
	}
	if err := c.ACLSetUser(t.Context(), userOf(role), rule...).Err(); err != nil {
		t.Fatalf("make the user of %s: %v", role, err)
	}
}

func (r *rig) clusterClient(node *redis.ClusterClient, role rights.Role) *redis.ClusterClient {
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: node.Options().Addrs, Username: userOf(role), Password: roleSecret, ContextTimeoutEnabled: true})
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

func (r *rig) clusterProducer(node *redis.ClusterClient) *enqueue.Client {
	r.t.Helper()
	setUser(r.t, node, rights.Producer, clusterRule(rights.Producer))
	producer, err := enqueue.New(enqueue.Config{Client: r.clusterClient(node, rights.Producer)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = producer.Close() })
	return producer
}

// clusterWorker runs a worker until it is stopped.
func (r *rig) clusterWorker(node *redis.ClusterClient) (stop func()) {
	r.t.Helper()
	setUser(r.t, node, rights.Worker, clusterRule(rights.Worker))
	w, err := worker.New(worker.Config{
		Redis:    r.clusterClient(node, rights.Worker),
		Accounts: map[string]worker.Account{campaign.DefaultAccount: {APIURL: r.url, Login: login, Key: apiKey, PollFirst: 100 * time.Millisecond}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("the worker: %v", err)
		}
		done <- nil
	}
	r.t.Cleanup(stop)
	return stop
}
