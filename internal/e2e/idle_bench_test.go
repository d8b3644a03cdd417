package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/worker"
)

// arrival is a request as it reached the API, and when its answer left.
type arrival struct {
	path    string
	at, end time.Time
}

// benchAPI answers at once and notes when requests arrive.
func benchAPI(b *testing.B) (url string, arrivals <-chan arrival) {
	b.Helper()
	seen := make(chan arrival, 1024)
	tickets := make(chan int, 1)
	tickets <- 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := arrival{path: r.URL.Path, at: time.Now()}
		switch {
		case strings.HasSuffix(r.URL.Path, "/create"):
			n := <-tickets
			tickets <- n + 1
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprintf(w, `{"ticket_number":"sms_%d"}`, n)
		case strings.HasSuffix(r.URL.Path, "/status"):
			_, _ = fmt.Fprint(w, `{"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_sent"}`)
		default:
			_, _ = fmt.Fprint(w, `{"sending_date":"2026-06-01T12:00:00+02:00"}`)
		}
		a.end = time.Now()
		seen <- a
	}))
	b.Cleanup(s.Close)
	return s.URL, seen
}

// benchWorker runs a worker without limits until the benchmark ends.
func benchWorker(b *testing.B, rdb *redistest.Server, url string) {
	b.Helper()
	w, err := worker.New(worker.Config{RedisURL: rdb.URL(), Accounts: map[string]worker.Account{
		campaign.DefaultAccount: {APIURL: url, Login: "bench@example.com", Key: "key", Unlimited: true},
	}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	for deadline := time.Now().Add(20 * time.Second); !w.Ready(); {
		if time.Now().After(deadline) {
			b.Fatal("the worker is not ready")
		}
		<-time.After(time.Millisecond)
	}
}

// BenchmarkIdlePickup measures an idle worker on all of its queues: how long
// after Enqueue returned the create reaches the API (enqueue-…), and how long
// after the answer to status the confirm does (hand-on-…).
func BenchmarkIdlePickup(b *testing.B) {
	rdb := redistest.Start(b, "--appendonly", "yes")
	url, arrivals := benchAPI(b)
	benchWorker(b, rdb, url)
	client, err := enqueue.New(enqueue.Config{RedisURL: rdb.URL()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Close() })
	var pickups, handOns []time.Duration
	for b.Loop() {
		returned := enqueueOne(b, client, len(pickups))
		create, status, confirm := <-arrivals, <-arrivals, <-arrivals
		pickups = append(pickups, max(0, create.at.Sub(returned)))
		handOns = append(handOns, confirm.at.Sub(status.end))
		<-time.After(20 * time.Millisecond) // idle again
	}
	report(b, "enqueue", pickups)
	report(b, "hand-on", handOns)
}

func enqueueOne(b *testing.B, client *enqueue.Client, n int) time.Time {
	b.Helper()
	_, err := client.Enqueue(context.Background(), campaign.Campaign{
		ID: "bench-" + strconv.Itoa(n), ListName: "list", Text: "Hello. STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	})
	returned := time.Now()
	if err != nil {
		b.Fatal(err)
	}
	return returned
}

func report(b *testing.B, name string, d []time.Duration) {
	b.Helper()
	slices.Sort(d)
	ms := func(q float64) float64 { return float64(d[int(q*float64(len(d)-1))].Microseconds()) / 1000 }
	b.ReportMetric(ms(0.5), name+"-p50-ms")
	b.ReportMetric(ms(0.99), name+"-p99-ms")
}

// BenchmarkIdleCost measures how many commands a second an idle worker costs
// Redis, those inside scripts included, as INFO counts them; one iteration
// takes a second.
func BenchmarkIdleCost(b *testing.B) {
	rdb := redistest.Start(b, "--appendonly", "yes")
	url, _ := benchAPI(b)
	benchWorker(b, rdb, url)
	<-time.After(2 * time.Second) // what a start costs is over
	before, began := rdb.Commands(b.Context()), time.Now()
	for b.Loop() {
		<-time.After(time.Second)
	}
	b.ReportMetric(float64(rdb.Commands(b.Context())-before)/time.Since(began).Seconds(), "commands/s")
}
