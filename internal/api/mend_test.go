package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/monitor"
)

// dead is a dead campaign with its letter, and its ETag.
func (r *rig) dead() (etag string) {
	r.t.Helper()
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.worker().Advance("spring", campaign.StateAwaitingApproval, func(r *campaign.Record) { r.ConfirmTried, r.MaybeConfirmed = true, true })
	r.want("reject", r.ask(http.MethodPost, spring+"/reject", `{"reason":"a wrong text"}`), http.StatusOK)
	if etag = r.ask(http.MethodGet, spring, "").header.Get("ETag"); etag == "" {
		r.t.Fatal("a dead campaign has no ETag")
	}
	return etag
}

func (r *rig) patch(etag, body string) answer {
	return r.ask(http.MethodPatch, spring, body, "Content-Type", "application/merge-patch+json", "If-Match", etag)
}

func TestMend(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	queued := r.ask(http.MethodPut, "/v1/accounts/default/campaigns/queued", text("Hello."))
	if got := queued.header.Get("ETag"); got != "" {
		t.Errorf("a campaign without a record: got the ETag %s, want none", got)
	}
	etag := r.dead()
	r.want("without If-Match", r.patch("", `{"text":"Bye. STOP au 30101"}`), http.StatusPreconditionRequired)
	r.want("another ETag", r.patch(`"1.1.xxxxxxxx"`, `{"text":"Bye. STOP au 30101"}`), http.StatusPreconditionFailed)
	r.want("a weak one", r.patch("W/"+etag, `{"text":"Bye. STOP au 30101"}`), http.StatusPreconditionFailed)
	plain := r.ask(http.MethodPatch, spring, `{"text":"Bye. STOP au 30101"}`, "If-Match", etag)
	r.want("another type", plain, http.StatusUnsupportedMediaType)
	if got := plain.header.Get("Accept-Patch"); got != "application/merge-patch+json" {
		t.Errorf("another type: got Accept-Patch %q", got)
	}
	r.want("no JSON", r.patch(etag, `{`), http.StatusBadRequest)
	bad := r.patch(etag, `{"type":"fax","colour":"red","list_name":null}`)
	r.want("faults", bad, http.StatusUnprocessableEntity)
	for _, field := range []string{"type", "colour"} {
		if !slices.Contains(bad.fields(), field) {
			t.Errorf("faults: got %q, want %s among them", bad.fields(), field)
		}
	}
	r.want("another id", r.patch(etag, `{"id":"autumn"}`), http.StatusUnprocessableEntity)
	r.want("one that lives", r.ask(http.MethodPatch, "/v1/accounts/default/campaigns/queued", `{}`, "Content-Type", "application/merge-patch+json", "If-Match", "*"), http.StatusConflict)
	r.want("none", r.ask(http.MethodPatch, "/v1/accounts/default/campaigns/none", `{}`, "Content-Type", "application/merge-patch+json", "If-Match", "*"), http.StatusNotFound)

	mended := r.patch(`"1.1.x", `+etag, `{"text":"Bye. STOP au 30101","sender":null}`)
	r.want("mend", mended, http.StatusOK)
	if c := mended.body.Campaign; c.Text != "Bye. STOP au 30101" || c.Sender != "" || c.ListName != "customers" {
		t.Errorf("mend: got %+v, want another text, no sender, and the rest as it was", c)
	}
	r.wantWhy("mend", mended, "edited user:anna: text, sender")
	now := r.ask(http.MethodGet, spring, "")
	if got := mended.header.Get("ETag"); got == etag || got != now.header.Get("ETag") {
		t.Errorf("mend: got the ETag %s, want that of the record, %s", got, now.header.Get("ETag"))
	}
	r.want("once more on the old one", r.patch(etag, `{"text":"Hi. STOP au 30101"}`), http.StatusPreconditionFailed)
	same := r.patch(mended.header.Get("ETag"), `{"text":"Bye. STOP au 30101"}`)
	r.want("nothing new", same, http.StatusOK)
	if same.header.Get("ETag") != mended.header.Get("ETag") {
		t.Errorf("nothing new: got another ETag, want that nothing was written")
	}
	r.want("whatever it is", r.patch("*", `{"labels":{"shop":"3"}}`), http.StatusOK)
	r.want("the first content again", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusOK)
}

// Of many callers that change what they all have read, one does.
func TestOneOfManyMends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	etag := r.dead()
	const operators = 12
	var wg sync.WaitGroup
	got := make([]answer, operators)
	for i := range operators {
		wg.Go(func() { got[i] = r.patch(etag, fmt.Sprintf(`{"labels":{"operator":"%d"}}`, i)) })
	}
	wg.Wait()
	winners := 0
	for i, a := range got {
		switch a.status {
		case http.StatusOK:
			winners++
			if now := r.ask(http.MethodGet, spring, ""); now.body.Campaign.Labels["operator"] != fmt.Sprint(i) {
				t.Errorf("operator %d mended it, and the record has the labels %v", i, now.body.Campaign.Labels)
			}
		case http.StatusPreconditionFailed:
		default:
			t.Errorf("operator %d: got %d %s", i, a.status, a.text)
		}
	}
	if winners != 1 {
		t.Errorf("got %d that changed it, want one", winners)
	}
}

// Callers that read again and try again, over HTTP and by octoq dead edit, lose nothing of
// each other.
func TestOperatorsDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead()
	rdb := redis.NewClient(&redis.Options{Addr: r.redis.Addr})
	t.Cleanup(func() { _ = rdb.Close() })
	const each = 8
	var wg sync.WaitGroup
	for i := range each {
		wg.Go(func() {
			for status := 0; status != http.StatusOK; {
				before := r.ask(http.MethodGet, spring, "")
				status = r.patch(before.header.Get("ETag"), fmt.Sprintf(`{"labels":{"http-%d":"x"}}`, i)).status
			}
		})
		wg.Go(func() {
			desk, err := admin.New(rdb, "user:ben", 0)
			if err == nil {
				_, err = desk.Edit(t.Context(), "default", "spring", [][2]string{{fmt.Sprintf("labels.shell-%d", i), "x"}})
			}
			if err != nil {
				t.Errorf("edit: %v", err)
			}
		})
	}
	wg.Wait()
	labels := r.ask(http.MethodGet, spring, "").body.Campaign.Labels
	if len(labels) != 2*each {
		t.Errorf("got the labels %q, want %d", slices.Sorted(maps.Keys(labels)), 2*each)
	}
}

// A letter that is run from asynq's page is not changed under the worker that takes it.
func TestMendWhatIsReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	etag := r.dead()
	rdb := redis.NewClient(&redis.Options{Addr: r.redis.Addr})
	t.Cleanup(func() { _ = rdb.Close() })
	page, err := monitor.New(rdb, "/monitoring")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := rdb.ZRange(t.Context(), "asynq:{default.dead}:scheduled", 0, -1).Result()
	if err != nil || len(ids) != 1 {
		t.Fatalf("got the letters %q, %v, want one", ids, err)
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/monitoring/api/queues/default.dead/scheduled_tasks/"+ids[0]+":run", http.NoBody))
	if w.Code >= http.StatusMultipleChoices {
		t.Fatalf("asynq's page: got %d %s", w.Code, w.Body)
	}
	late := r.patch(etag, `{"text":"Bye. STOP au 30101"}`)
	r.want("mend", late, http.StatusConflict)
	if late.body.Code != "state" || !strings.Contains(late.text, "asynq") {
		t.Errorf("mend: got %s, want that it is being replayed", late.text)
	}
}
