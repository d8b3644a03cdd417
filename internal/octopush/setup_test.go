package octopush

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

const (
	testLogin = "sms@example.com"
	testKey   = "k3y-Pa55/w0rd+very=secret"
	basePath  = "/v1/public"

	// patience is how long a test waits for what should happen at once.
	patience = 3 * time.Second
)

var (
	onList = campaign.Campaign{ListName: "my_list", Text: "Hello", Type: "sms_premium", Purpose: "alert"}
	onTag  = campaign.Campaign{TagName: "my_tag", Text: "Hello", Type: "sms_premium", Purpose: "alert"}
)

// calls lists all calls.
func calls() []campaign.Call {
	return []campaign.Call{
		campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm, campaign.CallCancel, campaign.CallBalance,
	}
}

// request is a sound request of a call.
func request(call campaign.Call) record.Request {
	return record.Request{Call: call, Campaign: onList, RequestID: "r1", Ticket: "sms_1"}
}

// goodBody is an answer that makes a call a success, with goodStatus.
func goodBody(call campaign.Call) string {
	return map[campaign.Call]string{
		campaign.CallCreate:  `{"ticket_number":"sms_5f3fbce61266e"}`,
		campaign.CallStatus:  `{"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_send"}`,
		campaign.CallConfirm: `{"sending_date":"2021-06-01T12:00:00+03:00"}`,
		campaign.CallCancel:  ``,
		campaign.CallBalance: `{"amount":12.54,"unit":"euros"}`,
	}[call]
}

func goodStatus(call campaign.Call) int {
	switch call {
	case campaign.CallCreate:
		return http.StatusCreated
	case campaign.CallCancel:
		return http.StatusNoContent
	default:
		return http.StatusOK
	}
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	if cfg.Login == "" {
		cfg.Login = testLogin
	}
	if cfg.Key == "" {
		cfg.Key = testKey
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// setup starts an API whose services are mounted under the base path; a
// request anywhere else fails the test, so a client that forgets its base URL
// is noticed.
func setup(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(guard(t, h))
	t.Cleanup(srv.Close)
	return newClient(t, Config{BaseURL: srv.URL + basePath})
}

func guard(t *testing.T, h http.HandlerFunc) http.Handler {
	t.Helper()
	outer := http.NewServeMux()
	outer.Handle(basePath+"/", http.StripPrefix(basePath, h))
	outer.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("request outside the base path: %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusTeapot)
	})
	return outer
}

// answerWith is a handler that always answers the same.
func answerWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// listen serves each connection with f, and waits for all of them at the end
// of the test. The connections are closed then, so that f ends.
func listen(t *testing.T, f func(c net.Conn, in *bufio.Reader)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = c.Close() }()
				defer context.AfterFunc(ctx, func() { _ = c.Close() })()
				f(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		stop()
		_ = l.Close()
		wg.Wait()
	})
	return "http://" + l.Addr().String() + basePath
}

// readRequest reads a whole request, body included, and reports whether there was one.
func readRequest(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// untilClosed waits for the other side to hang up.
func untilClosed(in *bufio.Reader) { _, _ = io.Copy(io.Discard, in) }

func wantClass(t *testing.T, o record.Outcome, want record.Class) {
	t.Helper()
	if o.Class != want {
		t.Errorf("class: got %v, want %v (HTTP %d, code %d, %q)", o.Class, want, o.HTTPStatus, o.Code, o.Message)
	}
}
