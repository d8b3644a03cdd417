package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The calls of the API.
const (
	CallCreate  = "create"
	CallStatus  = "status"
	CallConfirm = "send"
)

// Arrival is a call that reached the API, and when its answer was written.
type Arrival struct {
	Call, List string
	At, End    time.Time
}

// API is a stand-in that takes a fixed time for each call and refuses nothing.
// It is as cheap as it can be: it is not what is measured.
type API struct {
	URL string

	latency time.Duration
	server  *http.Server
	served  chan struct{}
	// sink is called for each call after its answer, from many goroutines.
	sink func(Arrival)

	mu             sync.Mutex
	creates, sends map[string]int // by list, which is the campaign's id
	unknown        []string       // what was called besides
	first          time.Time
	inside, most   int // calls under way, and the most there were
	sentAt         []time.Time
}

// NewAPI serves on a free port of loopback; Close has to be called. The sink
// may be nil.
func NewAPI(ctx context.Context, latency time.Duration, sink func(Arrival)) (*API, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve a stand-in for the API: %w", err)
	}
	a := &API{
		URL: "http://" + l.Addr().String(), latency: latency, sink: sink, served: make(chan struct{}),
		creates: map[string]int{}, sends: map[string]int{},
	}
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(a.served)
		_ = a.server.Serve(l)
	}()
	return a, nil
}

// Close ends it, and every connection.
func (a *API) Close() {
	_ = a.server.Close()
	<-a.served
}

const ticketPrefix = "sms_"

// ServeHTTP answers a call.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	list := listOf(r, call)
	a.count(call, list, at)
	defer a.leave()
	if a.latency > 0 {
		wait(r.Context(), a.latency)
	}
	w.Header().Set("Content-Type", "application/json")
	switch call {
	case CallCreate:
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]string{"ticket_number": ticketPrefix + list})
	case CallStatus:
		_, _ = fmt.Fprint(w, `{"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_sent"}`)
	case CallConfirm:
		_, _ = fmt.Fprint(w, `{"sending_date":"2026-06-01T12:00:00+02:00"}`)
	default:
		http.NotFound(w, r)
	}
	if a.sink != nil {
		a.sink(Arrival{Call: call, List: list, At: at, End: time.Now()})
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// listOf is the list that a call is about: the ticket is made of it.
func listOf(r *http.Request, call string) string {
	if call == CallStatus {
		return strings.TrimPrefix(r.URL.Query().Get("ticket_number"), ticketPrefix)
	}
	var body struct {
		List   string `json:"list_name"`
		Ticket string `json:"ticket_number"`
	}
	const most = 64 << 10
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, most)).Decode(&body); err != nil {
		return ""
	}
	if call == CallCreate {
		return body.List
	}
	return strings.TrimPrefix(body.Ticket, ticketPrefix)
}

func (a *API) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inside--
}

// Most is how many calls were under way at once, at most.
func (a *API) Most() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.most
}

func (a *API) count(call, list string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inside++
	a.most = max(a.most, a.inside)
	if a.first.IsZero() {
		a.first = at
	}
	switch call {
	case CallCreate:
		a.creates[list]++
	case CallConfirm:
		a.sends[list]++
		a.sentAt = append(a.sentAt, at)
	case CallStatus:
	default:
		a.unknown = append(a.unknown, call)
	}
}

// Sent is how many campaigns were confirmed, and the time between the first
// call and the last confirm.
func (a *API) Sent() (n int, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.sentAt) == 0 {
		return 0, 0
	}
	return len(a.sends), a.sentAt[len(a.sentAt)-1].Sub(a.first)
}

// Steady is how many confirms came in a second, without the first and the last
// tenth of them: those show how work starts and ends.
func (a *API) Steady() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	const tenth = 10
	from := len(a.sentAt) / tenth
	to := len(a.sentAt) - 1 - from
	if to <= from {
		return 0
	}
	return float64(to-from) / a.sentAt[to].Sub(a.sentAt[from]).Seconds()
}

// Created is how many campaigns were created.
func (a *API) Created() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.creates)
}

// Twice is an error if any campaign was created or sent twice, or something
// was called that should not have been.
func (a *API) Twice() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.unknown) > 0 {
		return fmt.Errorf("the API was called for %q", a.unknown[0])
	}
	for what, by := range map[string]map[string]int{"created": a.creates, "sent": a.sends} {
		for list, n := range by {
			if _, ok := Index(list); !ok || n != 1 {
				return fmt.Errorf("campaign %q was %s %d times", list, what, n)
			}
		}
	}
	return nil
}

// Exactly is an error unless each of the first n campaigns was created and sent
// exactly once.
func (a *API) Exactly(n int) error {
	if err := a.Twice(); err != nil {
		return err
	}
	sent, _ := a.Sent()
	if created := a.Created(); created != n || sent != n {
		return fmt.Errorf("of %d campaigns %d were created and %d sent", n, created, sent)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for list := range a.sends {
		if i, _ := Index(list); i >= n {
			return errors.New("campaign " + list + " was sent, and had never been enqueued")
		}
	}
	return nil
}
