package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/enqueuetest"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/action"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/resultstore"
)

func TestMain(m *testing.M) {
	// It looks for a server that was killed, and ends within a second of its client.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// rig is an API over a Redis of its own.
type rig struct {
	t     *testing.T
	redis *redistest.Server
	rdb   *redis.Client
	api   *api.Endpoints
	// actions are those of the API. Nothing carries them out but a test.
	actions *action.Actions
	// reports keep what Octopush reports.
	reports *resultstore.Store
	// caller makes the requests.
	caller access.Caller
}

// adminCaller may do everything.
func adminCaller() access.Caller {
	return access.Caller{Name: "user:anna", Kind: access.OfUser, Grants: []access.Grant{{Role: access.Admin}}, Forces: access.Live}
}

func newRig(t *testing.T, args ...string) *rig {
	t.Helper()
	return newRigOf(t, func(*api.Config) {}, args...)
}

// newRigOf is a rig whose API is configured otherwise.
func newRigOf(t *testing.T, change func(*api.Config), args ...string) *rig {
	t.Helper()
	server := redistest.Start(t, args...)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = rdb.Close() })
	client, err := enqueue.New(enqueue.Config{Client: rdb, Warn: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := phone.NewHasher("a key of numbers, long enough")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, redis: server, rdb: rdb, caller: adminCaller(), reports: resultstore.New(rdb, resultstore.Options{Hashers: []phone.Hasher{hasher}})}
	hooks := webhooks(t, rdb)
	people := &api.People{
		Store:     accessstore.New(rdb, "user:anna", durability.Target{Disk: true, Within: time.Second}),
		Passwords: access.NewPasswords(), Changed: func() {},
	}
	cfg := api.Config{
		Client: client, Version: "test", Caller: func(context.Context) access.Caller { return r.caller }, People: people, SpoolMax: 1 << 30,
		Operator: func(who string) (*admin.Service, error) { return admin.New(rdb, who, 0) },
		Events:   hub.NewReader(rdb),
		Reports:  r.reports,
		Octopush: &fakeOctopush{},
		Webhooks: hooks,
		OnError:  func(err error) { t.Logf("the API's log: %v", err) },
	}
	cfg.Actions, err = action.New(action.Config{Redis: rdb, Client: client, Operator: cfg.Operator})
	if err != nil {
		t.Fatal(err)
	}
	r.actions = cfg.Actions
	change(&cfg)
	r.api, err = api.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
	body   struct {
		ID         string                `json:"id"`
		State      campaign.State        `json:"state"`
		EnqueuedBy string                `json:"enqueued_by"`
		Campaign   campaign.Campaign     `json:"campaign"`
		Warnings   []campaign.Warning    `json:"warnings"`
		Detail     string                `json:"detail"`
		Code       string                `json:"code"`
		Errors     []api.FieldFault      `json:"errors"`
		Enqueued   bool                  `json:"enqueued"`
		Items      []struct{ ID string } `json:"items"`
		Next       string                `json:"next"`
		Timeline   []campaign.Entry      `json:"timeline"`
	}
}

// ask makes a request with a JSON body, if there is one.
func (r *rig) ask(method, path, body string, header ...string) answer {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.api.ServeHTTP(w, req)
	a := answer{status: w.Code, header: w.Header(), text: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a.body) // of a schedule, next is a list
	if !json.Valid(w.Body.Bytes()) {
		r.t.Fatalf("%s %s: %d is no JSON: %s", method, path, w.Code, a.text)
	}
	kind := "application/json"
	if w.Code >= http.StatusBadRequest {
		kind = "application/problem+json"
	}
	if got := w.Header().Get("Content-Type"); got != kind {
		r.t.Errorf("%s %s: got Content-Type %q, want %q", method, path, got, kind)
	}
	return a
}

func (r *rig) want(what string, a answer, status int) {
	r.t.Helper()
	if a.status != status {
		r.t.Errorf("%s: got %d %s, want %d", what, a.status, a.text, status)
	}
}

func (a answer) fields() []string {
	var all []string
	for _, e := range a.body.Errors {
		all = append(all, e.Field)
	}
	slices.Sort(all)
	return all
}

const spring = "/v1/accounts/default/campaigns/spring"

func text(s string) string {
	return fmt.Sprintf(`{"list_name":"customers","text":"%s STOP au 30101","type":"sms_premium","purpose":"wholesale","sender":"Shop"}`, s)
}

// A PUT may be repeated: new, the same, another content, with every fault at once.
func TestPutIsSafeToRepeat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.ask(http.MethodPut, spring, text("Hello."))
	r.want("new", first, http.StatusCreated)
	if first.body.ID != "spring" || first.body.State != campaign.StateQueued || first.body.EnqueuedBy != "user:anna" || first.header.Get("Location") != spring {
		t.Errorf("new: got %s at %q, want the record", first.text, first.header.Get("Location"))
	}
	r.want("again", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusOK)
	other := r.ask(http.MethodPut, spring, text("Bye."))
	r.want("another text", other, http.StatusConflict)
	if other.body.Code != "conflict" || !slices.Equal(other.fields(), []string{"text"}) {
		t.Errorf("another text: got %s, want a conflict that names text", other.text)
	}
	bad := r.ask(http.MethodPut, "/v1/accounts/default/campaigns/bad",
		`{"list_name":"l","tag_name":"t","text":"x","type":"fax","purpose":"fun","colour":"red"}`)
	r.want("faults", bad, http.StatusUnprocessableEntity)
	for _, field := range []string{"list_name", "type", "purpose", "colour"} {
		if !slices.Contains(bad.fields(), field) {
			t.Errorf("faults: got %q, want %s among them", bad.fields(), field)
		}
	}
	r.want("nothing was enqueued", r.ask(http.MethodGet, "/v1/accounts/default/campaigns/bad", ""), http.StatusNotFound)
}

func TestRequestsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const there = "/v1/accounts/shop/campaigns/there"
	r.want("one campaign", r.ask(http.MethodPut, there, text("Hello.")), http.StatusCreated)
	for name, tt := range map[string]struct {
		method, path, body string
		header             []string
		status             int
	}{
		"no JSON":              {http.MethodPut, spring, "{", nil, http.StatusBadRequest},
		"no body":              {http.MethodPut, spring, "", []string{"Content-Type", "application/json"}, http.StatusBadRequest},
		"another type":         {http.MethodPut, spring, text("a"), []string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		"no type":              {http.MethodPut, spring, text("a"), []string{"Content-Type", ""}, http.StatusUnsupportedMediaType},
		"too large":            {http.MethodPut, spring, text(strings.Repeat("a", 1<<20)), nil, http.StatusRequestEntityTooLarge},
		"another id":           {http.MethodPut, spring, strings.Replace(text("a"), "{", `{"id":"autumn",`, 1), nil, http.StatusUnprocessableEntity},
		"another account":      {http.MethodPut, spring, strings.Replace(text("a"), "{", `{"account":"shop",`, 1), nil, http.StatusUnprocessableEntity},
		"a bad id":             {http.MethodPut, "/v1/accounts/default/campaigns/a%20b", text("a"), nil, http.StatusUnprocessableEntity},
		"a bad account":        {http.MethodPut, "/v1/accounts/No!/campaigns/a", text("a"), nil, http.StatusUnprocessableEntity},
		"a bad preference":     {http.MethodPut, spring, text("a"), []string{"Prefer", "durable=replicas:x"}, http.StatusBadRequest},
		"a bad key":            {http.MethodPost, "/v1/accounts/default/campaigns", text("a"), []string{"Idempotency-Key", "Löwe"}, http.StatusBadRequest},
		"a key and an id":      {http.MethodPost, "/v1/accounts/default/campaigns", strings.Replace(text("a"), "{", `{"id":"a",`, 1), []string{"Idempotency-Key", "k"}, http.StatusUnprocessableEntity},
		"no such campaign":     {http.MethodGet, spring, "", nil, http.StatusNotFound},
		"no such path":         {http.MethodGet, "/v1/nothing", "", nil, http.StatusNotFound},
		"no such method":       {http.MethodPatch, "/v1/me", "", nil, http.StatusNotFound},
		"no such state":        {http.MethodGet, "/v1/accounts/default/campaigns?state=flying", "", nil, http.StatusUnprocessableEntity},
		"a misspelt filter":    {http.MethodGet, "/v1/accounts/default/campaigns?stat=sent", "", nil, http.StatusUnprocessableEntity},
		"a page too long":      {http.MethodGet, "/v1/accounts/default/campaigns?limit=1001", "", nil, http.StatusUnprocessableEntity},
		"a wait too long":      {http.MethodGet, spring + "?wait=2m", "", nil, http.StatusUnprocessableEntity},
		"a wait for no state":  {http.MethodGet, spring + "?wait=1s&until=flying", "", nil, http.StatusUnprocessableEntity},
		"a decision unread":    {http.MethodPost, spring + "/replay", `{"force":"yes"}`, nil, http.StatusUnprocessableEntity},
		"an approval of none":  {http.MethodPost, there + "/approve", `{}`, nil, http.StatusUnprocessableEntity},
		"an approval unread":   {http.MethodPost, there + "/approve", `{"up_to":"lots"}`, nil, http.StatusUnprocessableEntity},
		"a hold of no account": {http.MethodPut, "/v1/accounts/No!/hold", "", nil, http.StatusNotFound},
		"a vouch of no reason": {http.MethodPost, "/v1/accounts/default/vouch", `{"reason":""}`, nil, http.StatusUnprocessableEntity},
		"no hold to lift":      {http.MethodDelete, "/v1/accounts/default/hold", "", nil, http.StatusNotFound},
	} {
		a := r.ask(tt.method, tt.path, tt.body, tt.header...)
		r.want(name, a, tt.status)
		if a.body.Detail == "" {
			t.Errorf("%s: got %s, want that it says what is wrong", name, a.text)
		}
	}
	if got := r.ask(http.MethodGet, "/v1/accounts/default/campaigns", ""); len(got.body.Items) != 0 {
		t.Errorf("afterwards: got %s, want nothing enqueued", got.text)
	}
}

// With a key, a POST may be repeated; without one, each is a campaign of its own.
func TestPostWithAKeyIsSafeToRepeat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const path = "/v1/accounts/default/campaigns"
	first := r.ask(http.MethodPost, path, text("Hello."), "Idempotency-Key", "order 7")
	r.want("new", first, http.StatusCreated)
	if !strings.HasPrefix(first.body.ID, "key-") || len(first.body.ID) != len("key-")+32 || first.header.Get("Location") != path+"/"+first.body.ID {
		t.Errorf("new: got the id %q at %q", first.body.ID, first.header.Get("Location"))
	}
	again := r.ask(http.MethodPost, path, text("Hello."), "Idempotency-Key", "order 7")
	r.want("again", again, http.StatusOK)
	if again.body.ID != first.body.ID {
		t.Errorf("again: got the id %q, want %q", again.body.ID, first.body.ID)
	}
	r.want("another text", r.ask(http.MethodPost, path, text("Bye."), "Idempotency-Key", "order 7"), http.StatusConflict)
	r.want("without a key", r.ask(http.MethodPost, path, text("Hello.")), http.StatusCreated)
	r.want("its own id", r.ask(http.MethodPost, path, strings.Replace(text("Hello."), "{", `{"id":"own",`, 1)), http.StatusCreated)
	if got := r.ask(http.MethodGet, path, ""); len(got.body.Items) != 3 {
		t.Errorf("got %s, want three campaigns", got.text)
	}
}

// Without Redis the answer is 503 and when to ask again; the same request then succeeds.
func TestRedisAwayAndBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--appendonly", "yes")
	r.want("before", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.redis.Kill()
	away := r.ask(http.MethodPut, "/v1/accounts/default/campaigns/later", text("Hello."))
	r.want("away", away, http.StatusServiceUnavailable)
	if away.body.Code != "redis" || away.header.Get("Retry-After") == "" || strings.Contains(away.text, r.redis.Addr) {
		t.Errorf("away: got %s %v, want the code redis, a time, and no host", away.text, away.header)
	}
	r.want("finding", r.ask(http.MethodGet, spring, ""), http.StatusServiceUnavailable)
	r.redis.Restart()
	r.want("back", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/later", text("Hello.")), http.StatusCreated)
}

func TestNotConfirmedAsDurable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.ask(http.MethodPut, spring, text("Hello."), "Prefer", "return=minimal, durable=replicas:1")
	r.want("no replica", a, http.StatusServiceUnavailable)
	if a.body.Code != "not_durable" || !a.body.Enqueued {
		t.Errorf("got %s, want not_durable, and enqueued all the same", a.text)
	}
	r.want("it is there", r.ask(http.MethodGet, spring, ""), http.StatusOK)
	r.want("asked without", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusOK)
}

// Decisions act in the caller's name, and the state may forbid them.
func TestDecisions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	approved := r.ask(http.MethodPost, spring+"/approve", `{"up_to":"25.00"}`)
	r.want("approve", approved, http.StatusOK)
	if last := approved.body.Timeline; len(last) == 0 && !strings.Contains(approved.text, `"approved":true`) {
		t.Errorf("approve: got %s", approved.text)
	}
	r.want("replay what lives", r.ask(http.MethodPost, spring+"/replay", ""), http.StatusConflict)
	cancelled := r.ask(http.MethodPost, spring+"/cancel", "")
	r.want("cancel", cancelled, http.StatusOK)
	if cancelled.body.State != campaign.StateCancelled {
		t.Errorf("cancel: got %s", cancelled.text)
	}
	shown := r.ask(http.MethodGet, spring, "")
	var entries []string
	for _, e := range shown.body.Timeline {
		entries = append(entries, e.What+" "+e.Who)
	}
	for _, want := range []string{"approved user:anna", "cancelled user:anna"} {
		if !slices.Contains(entries, want) {
			t.Errorf("timeline: got %q, want %q in it", entries, want)
		}
	}
	repeated := r.ask(http.MethodPut, spring, text("Hello."))
	r.want("enqueue again", repeated, http.StatusOK)
	if len(repeated.body.Warnings) == 0 || !strings.Contains(repeated.body.Warnings[len(repeated.body.Warnings)-1].Problem, "cancelled") {
		t.Errorf("enqueue again: got %s, want a warning that it stays cancelled", repeated.text)
	}
	r.want("approve what has ended", r.ask(http.MethodPost, spring+"/approve", `{"up_to":"26.00"}`), http.StatusConflict)
	r.want("purge what is not dead", r.ask(http.MethodPost, spring+"/purge", ""), http.StatusConflict)
}

// A hold is set and lifted, and a vouch is on record.
func TestAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const hold = "/v1/accounts/default/hold"
	r.want("hold", r.ask(http.MethodPut, hold, `{"message":"looking into it"}`), http.StatusOK)
	r.want("hold again", r.ask(http.MethodPut, hold, ""), http.StatusOK)
	r.want("lift", r.ask(http.MethodDelete, hold, ""), http.StatusOK)
	r.want("vouch", r.ask(http.MethodPost, "/v1/accounts/default/vouch", `{"reason":"a planned fail-over"}`), http.StatusOK)
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	if got := r.ask(http.MethodGet, "/v1/me", ""); !strings.Contains(got.text, `"user:anna"`) {
		t.Errorf("me: got %s", got.text)
	}
}

// Accounts are listed page by page with how each stands, or all at once by their names.
func TestAccountsAreListed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, account := range []string{"bank", "club", "shop"} {
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/"+account+"/campaigns/a", text("Hello.")), http.StatusCreated)
	}
	if got := string(r.raw("/v1/accounts?brief=true")); got != `{"items":[{"account":"bank"},{"account":"club"},{"account":"shop"}]}` {
		t.Errorf("by their names: got %s", got)
	}
	var names []string
	for path := "/v1/accounts?limit=2"; path != ""; {
		var page struct {
			Items []admin.AccountStanding
			Next  string
		}
		if err := json.Unmarshal(r.raw(path), &page); err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			if item.Waiting != 1 {
				t.Errorf("%s: got %d campaigns that wait, want 1", item.Account, item.Waiting)
			}
			names = append(names, item.Account)
		}
		if path = ""; page.Next != "" {
			path = "/v1/accounts?limit=2&cursor=" + page.Next
		}
	}
	if want := []string{"bank", "club", "shop"}; !slices.Equal(names, want) {
		t.Errorf("page by page: got %q, want %q", names, want)
	}
}

func (r *rig) raw(path string) []byte {
	r.t.Helper()
	w := httptest.NewRecorder()
	r.api.ServeHTTP(w, httptest.NewRequestWithContext(r.t.Context(), http.MethodGet, path, http.NoBody))
	if w.Code != http.StatusOK {
		r.t.Fatalf("%s: got %d %s", path, w.Code, w.Body)
	}
	return bytes.TrimSpace(w.Body.Bytes())
}

// Pages hold each campaign once, newest first.
func TestPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 7 {
		r.want("enqueue", r.ask(http.MethodPut, fmt.Sprintf("/v1/accounts/default/campaigns/c%d", i), text("Hello.")), http.StatusCreated)
	}
	seen := map[string]int{}
	cursor := ""
	for range 7 {
		a := r.ask(http.MethodGet, "/v1/accounts/default/campaigns?limit=3&cursor="+cursor, "")
		for _, item := range a.body.Items {
			seen[item.ID]++
		}
		if cursor = a.body.Next; cursor == "" {
			break
		}
	}
	for i := range 7 {
		if seen[fmt.Sprint("c", i)] != 1 {
			t.Errorf("got %v, want each once", seen)
		}
	}
	if got := r.ask(http.MethodGet, "/v1/accounts/default/campaigns?state=sent", ""); len(got.body.Items) != 0 {
		t.Errorf("sent ones: got %s, want none", got.text)
	}
}

// A request may wait for a state, and returns as soon as it is reached.
func TestWaitForAState(t *testing.T) {
	t.Parallel()
	kit := enqueuetest.New(t)
	client := kit.Client()
	a, err := api.New(api.Config{
		Client: client, Caller: func(context.Context) access.Caller { return adminCaller() }, OnError: func(error) {}, Events: hub.NewReader(nil), Reports: resultstore.New(nil, resultstore.Options{}),
		Actions:  &action.Actions{},
		Operator: func(string) (*admin.Service, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, api: a}
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	if got := r.ask(http.MethodGet, spring+"?wait=10ms&until=sent", ""); got.body.State != campaign.StateQueued {
		t.Errorf("a wait that is over: got %s, want it as it is", got.text)
	}
	done := make(chan answer, 1)
	go func() { done <- r.ask(http.MethodGet, spring+"?wait=60s&until=sent", "") }()
	kit.Advance("spring", campaign.StateSent, nil)
	select {
	case got := <-done:
		if got.body.State != campaign.StateSent {
			t.Errorf("got %s, want it sent", got.text)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the wait did not end with the state")
	}
}
