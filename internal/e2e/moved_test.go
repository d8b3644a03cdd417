package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// moveWithin is how soon every process works with the new primary.
const moveWithin = 5 * time.Second

// moved is a rig whose Redis is reached through an address that can be moved to
// a replica.
type moved struct {
	*rig
	address *redistest.Address
	replica *redistest.Server
}

func newMoved(t *testing.T) *moved {
	t.Helper()
	r := newRig(t, simulator.Config{})
	r.quick()
	m := &moved{rig: r, address: redistest.NewAddress(t, r.redis), replica: redistest.Start(t)}
	m.replica.Follow(r.redis)
	r.setenv("OCTOQ_REDIS_URL=" + m.address.URL())
	return m
}

// failOver makes the replica the primary, moves the address to it, and makes the
// old primary its replica, which stays up with all its connections.
func (m *moved) failOver() {
	m.t.Helper()
	m.redis.AwaitReplica()
	m.replica.Promote()
	m.address.Move(m.replica)
	m.redis.Follow(m.replica)
}

// After a fail-over behind one address every process works with the new primary
// within seconds, however the old one's refusals are worded: a worker, the web
// pages, which only read, and a producer that lives for long.
func TestEveryProcessFollowsAMovedAddress(t *testing.T) {
	t.Parallel()
	for name, wording := range map[string]string{"Redis's wording": "", "a proxy's wording": "-ERR READONLY"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoved(t)
			if wording != "" {
				m.address.Reword("-READONLY", wording)
			}
			w := m.worker("--listen", "127.0.0.1:0")
			ready := "http://" + m.says(w, `"address":"([^"]+)"`) + "/readyz"
			pages := m.says(m.start("web", "--web-listen", "127.0.0.1:0"), `pages at (http://\S+)/`)
			producer, err := enqueue.New(enqueue.Config{RedisURL: m.address.URL()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = producer.Close() })
			m.put(producer, "before")
			m.await(20*time.Second, "before", campaign.StateSent)
			m.onPage(pages, 1)

			m.failOver()
			began := time.Now()
			m.until(moveWithin, "the producer enqueues", func() (bool, string) {
				_, err := producer.Enqueue(t.Context(), campaignTo("after"))
				return err == nil, fmt.Sprint(err)
			})
			m.await(moveWithin, "after", campaign.StateSent)
			m.onPage(pages, 2)
			t.Logf("all moved within %v", time.Since(began).Round(time.Millisecond))
			for _, url := range []string{ready, pages + "/readyz"} {
				m.until(moveWithin, url+" is ready", func() (bool, string) {
					status, text := m.page(url, "", "")
					return status == http.StatusOK, text
				})
			}
			m.onceEach()
			if clients := m.clientsOf(m.redis); clients > 0 {
				t.Errorf("connections to the demoted server: got %d, want none", clients)
			}
		})
	}
}

// While the server at hand is a replica, because the address has not moved yet,
// worker and pages are not ready and say why.
func TestReadinessTellsOfAReplica(t *testing.T) {
	t.Parallel()
	m := newMoved(t)
	w := m.worker("--listen", "127.0.0.1:0")
	urls := []string{
		"http://" + m.says(w, `"address":"([^"]+)"`) + "/readyz",
		m.says(m.start("web", "--web-listen", "127.0.0.1:0"), `pages at (http://\S+)/`) + "/readyz",
	}
	readiness := func(status int, word string) {
		t.Helper()
		for _, url := range urls {
			m.until(moveWithin, fmt.Sprintf("%s says %d", url, status), func() (bool, string) {
				got, text := m.page(url, "", "")
				return got == status && strings.Contains(text, word), fmt.Sprint(got, text)
			})
		}
	}
	readiness(http.StatusOK, "ready")
	m.replica.Promote()
	m.redis.Follow(m.replica)
	readiness(http.StatusServiceUnavailable, "read-only replica")
	m.address.Move(m.replica)
	readiness(http.StatusOK, "ready")
	m.enqueue(toList("a", ""))
	m.await(20*time.Second, "a", campaign.StateSent)
}

func campaignTo(id string) campaign.Campaign {
	return campaign.Campaign{
		ID: id, Account: campaign.DefaultAccount, ListName: id, Text: "Hello, STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	}
}

func (m *moved) put(producer *enqueue.Client, id string) {
	m.t.Helper()
	if _, err := producer.Enqueue(m.t.Context(), campaignTo(id)); err != nil {
		m.t.Fatalf("enqueue %s: %v", id, err)
	}
}

// onPage waits until the metrics of octoq web count n sent campaigns.
func (m *moved) onPage(pages string, n int) {
	m.t.Helper()
	want := fmt.Sprintf(`octoq_campaigns{account="default",state="sent"} %d`, n)
	m.until(moveWithin, "the pages count "+want, func() (bool, string) {
		_, text := m.page(pages+"/metrics", "", "")
		return strings.Contains(text, want), text
	})
}

// clientsOf counts a server's connections but for the test's own and replicas'.
func (m *moved) clientsOf(s *redistest.Server) int {
	m.t.Helper()
	c := s.Client()
	list, err := c.ClientList(m.t.Context()).Result()
	if err != nil {
		m.t.Fatalf("list the clients: %v", err)
	}
	return len(lines(list)) - 2 // the test's, and the link to its primary
}
