package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
)

// following is a page of events.
type following struct {
	Items []event.Event `json:"items"`
	Next  string        `json:"next"`
}

// events asks for events, once the relay has copied what there is.
func (r *rig) events(query string) following {
	r.t.Helper()
	if err := hub.NewRelay(r.rdb, r.t.Name(), 0).Round(r.t.Context(), time.Now()); err != nil {
		r.t.Fatal(err)
	}
	a := r.ask(http.MethodGet, "/v1/events"+query, "")
	r.want("events", a, http.StatusOK)
	var page following
	if err := json.Unmarshal([]byte(a.text), &page); err != nil {
		r.t.Fatal(err)
	}
	return page
}

// What becomes of campaigns and accounts can be followed, and each reader goes on
// where it was.
func TestEventsAreFollowed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if page := r.events(""); page.Items == nil || len(page.Items) != 0 {
		t.Errorf("before anything happened: got %+v, want an empty list", page)
	}
	from := r.events("?after=now").Next
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.want("cancel", r.ask(http.MethodPost, spring+"/cancel", ""), http.StatusOK)
	r.want("hold", r.ask(http.MethodPut, "/v1/accounts/default/hold", `{"message":"a look"}`), http.StatusOK)
	page := r.events("?after=" + from)
	if len(page.Items) != 2 {
		t.Fatalf("got %+v, want a cancelled campaign and a hold", page.Items)
	}
	if e := page.Items[0]; e.Type != event.Cancelled || e.Account != "default" || e.Campaign != "spring" || e.Run != 1 || e.ID == "" || time.Since(e.At) > time.Minute {
		t.Errorf("got %+v, want that spring was cancelled", e)
	}
	if e := page.Items[1]; e.Type != event.Held || e.Account != "default" || !strings.Contains(e.Data.Message, "a look") {
		t.Errorf("got %+v, want a hold with its reason", e)
	}
	if page = r.events("?after=" + page.Next); len(page.Items) != 0 {
		t.Errorf("behind all: got %+v, want none", page.Items)
	}
	if page = r.events("?type=account.held&account=default&account=shop"); len(page.Items) != 1 {
		t.Errorf("of one type: got %+v, want the hold", page.Items)
	}
	if page = r.events("?account=shop"); len(page.Items) != 0 {
		t.Errorf("of another account: got %+v, want none", page.Items)
	}
	r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{{Role: access.Admin, Accounts: []string{"shop"}}}}
	if page = r.events(""); len(page.Items) != 0 {
		t.Errorf("to a reader that may not see the account: got %+v, want none", page.Items)
	}
}

func TestWhatIsWrongWithFollowing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.ask(http.MethodGet, "/v1/events?type=campaign.lost&wait=1h", "")
	r.want("type and wait", a, http.StatusUnprocessableEntity)
	if got := strings.Join(a.fields(), " "); got != "type wait" {
		t.Errorf("got faults of %q, want type and wait", got)
	}
	a = r.ask(http.MethodGet, "/v1/events?after=yesterday", "")
	r.want("no cursor", a, http.StatusUnprocessableEntity)
	if got := strings.Join(a.fields(), " "); got != "after" {
		t.Errorf("got faults of %q, want after", got)
	}
}

// A stream carries events as they happen.
func TestEventsAsAStream(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := httptest.NewServer(r.api)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("got Content-Type %q", got)
	}
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.want("cancel", r.ask(http.MethodPost, spring+"/cancel", ""), http.StatusOK)
	r.events("")
	var got []string
	for lines := bufio.NewScanner(resp.Body); len(got) < 4 && lines.Scan(); {
		if line := lines.Text(); line != "" && (len(got) > 0 || strings.HasPrefix(line, "id: ")) {
			got = append(got, line)
		}
	}
	got = got[min(1, len(got)):] // without the cursor of the beginning
	if len(got) != 3 || got[0] != "event: campaign.cancelled" || !strings.HasPrefix(got[1], `data: {"id":"evt_`) || !strings.HasPrefix(got[2], "id: ") {
		t.Fatalf("got %q, want an event and its cursor", got)
	}
	again := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/events", nil)
	again.Header.Set("Last-Event-ID", strings.TrimPrefix(got[2], "id: "))
	w := httptest.NewRecorder()
	r.api.ServeHTTP(w, again)
	if !strings.HasPrefix(w.Body.String(), `{"items":[],`) {
		t.Errorf("behind the last one: got %s, want none", w.Body)
	}
}
