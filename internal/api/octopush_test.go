package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/callback"
	"github.com/octoq/octoq/internal/contacts"
	"github.com/octoq/octoq/internal/result"
)

const callbackSecret = "0123456789abcdef0123456789abcdef"

// fakeOctopush has one answer to each question.
type fakeOctopush struct {
	mu      sync.Mutex
	err     error               // of everything
	answer  contacts.CallAnswer // to contacts; ok when zero
	busy    chan struct{}       // where there is one, contacts wait until it is closed
	entered chan struct{}
	added   []string
}

func (f *fakeOctopush) Callbacks(context.Context, string) (callback.Addresses, error) {
	return callback.Addresses{Deliveries: "https://octoq.example.com/callbacks/default/" + callbackSecret + "/deliveries"}, f.err
}

func (f *fakeOctopush) SetCallbacks(ctx context.Context, account string) (callback.Addresses, error) {
	return f.Callbacks(ctx, account)
}

func (f *fakeOctopush) Contacts(string) (api.ContactsAPI, error) { return f, nil }

func (f *fakeOctopush) Calls() int { return 1 }

func (f *fakeOctopush) Add(_ context.Context, list string, all []campaign.Contact) (contacts.CallAnswer, error) {
	if f.busy != nil {
		f.entered <- struct{}{}
		<-f.busy
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answer.Class != "" || f.err != nil {
		return f.answer, f.err
	}
	for _, c := range all {
		f.added = append(f.added, list+" "+c.PhoneNumber+" "+c.FirstName)
	}
	return contacts.CallAnswer{Class: "ok"}, nil
}

func (f *fakeOctopush) Close() {}

func rigWith(t *testing.T, f *fakeOctopush) *rig {
	t.Helper()
	return newRigOf(t, func(c *api.Config) {
		if c.Octopush = nil; f != nil {
			c.Octopush = f
		}
	})
}

func (r *rig) says(what string, a answer, status int, wants ...string) {
	r.t.Helper()
	r.want(what, a, status)
	for _, want := range wants {
		if !strings.Contains(a.text, want) {
			r.t.Errorf("%s: got %s, want %s", what, a.text, want)
		}
	}
}

func TestCallbacksAreShownWithoutTheirSecret(t *testing.T) {
	t.Parallel()
	const path = "/v1/accounts/default/callbacks"
	f := &fakeOctopush{}
	r := rigWith(t, f)
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		a := r.ask(method, path, "")
		r.says(method, a, http.StatusOK, `"account":"default"`, `/callbacks/default/****/deliveries"`, `"replies":""`)
		if strings.Contains(a.text, callbackSecret) {
			t.Errorf("%s: got %s, with the secret in it", method, a.text)
		}
	}
	f.err = fmt.Errorf("%w: no public_url", api.ErrNotSetUp)
	r.says("not set up", r.ask(http.MethodPut, path, ""), http.StatusConflict, "no public_url", `"state"`)
	f.err = fmt.Errorf("%w: 401", api.ErrOctopush)
	r.says("refused", r.ask(http.MethodGet, path, ""), http.StatusBadGateway, "401")
	r.says("no credentials at all", rigWith(t, nil).ask(http.MethodGet, path, ""), http.StatusConflict, "not set up")
}

func TestContactsAreAddedByHTTP(t *testing.T) {
	t.Parallel()
	const path = "/v1/accounts/default/contacts"
	f := &fakeOctopush{}
	r := rigWith(t, f)
	if err := r.reports.TakeOptOuts(t.Context(), "default", []result.Inbound{{Number: "+33612345671", Text: "STOP"}}); err != nil {
		t.Fatal(err)
	}
	const body = `{"list_name":"vips","contacts":[{"phone_number":"0033 612345670","first_name":"A"},{"phone_number":"+33612345671"},{"phone_number":"0612345672"},{"phone_number":"+33612345673"}]}`
	r.says("four", r.ask(http.MethodPost, path, body), http.StatusOK, `"added":2,"invalid":1,"opted_out":1,"refused":0`,
		`{"index":0,"result":"added"},{"index":1,"result":"opted_out"},{"index":2,"result":"invalid","detail":"phone_number`, `{"index":3,"result":"added"}`)
	if want := "vips +33612345670 A|vips +33612345673 "; strings.Join(f.added, "|") != want {
		t.Errorf("added: got %q, want %q", f.added, want)
	}
	many := `{"list_name":"vips","contacts":[` + strings.TrimSuffix(strings.Repeat(`{"phone_number":"+33612345670"},`, 1001), ",") + `]}`
	for name, body := range map[string]string{"none": `{"list_name":"vips","contacts":[]}`, "no list": `{"contacts":[{"phone_number":"+33612345670"}]}`, "1001": many} {
		r.says(name, r.ask(http.MethodPost, path, body), http.StatusUnprocessableEntity)
	}
	f.err = contacts.ErrHeld
	r.says("on hold", r.ask(http.MethodPost, path, body), http.StatusConflict, "on hold")
	f.err, f.answer = nil, contacts.CallAnswer{Class: "account", Message: "wrong login"}
	r.says("refused", r.ask(http.MethodPost, path, body), http.StatusBadGateway, "wrong login")
}

func TestRequestsThatAddContactsAreBounded(t *testing.T) {
	t.Parallel()
	const path, body = "/v1/accounts/default/contacts", `{"list_name":"vips","contacts":[{"phone_number":"+33612345670"}]}`
	const places = 4
	f := &fakeOctopush{busy: make(chan struct{}), entered: make(chan struct{}, places+1)}
	r := rigWith(t, f)
	var group sync.WaitGroup
	for range places {
		group.Go(func() { r.want("in time", r.ask(http.MethodPost, path, body), http.StatusOK) })
		<-f.entered
	}
	if a := r.ask(http.MethodPost, path, body); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("one more: got %d %s, want 429 with Retry-After", a.status, a.text)
	}
	close(f.busy)
	group.Wait()
	r.want("afterwards", r.ask(http.MethodPost, path, body), http.StatusOK)
}
