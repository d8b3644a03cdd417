package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/web"
)

// What a user does on asynq's page is on record with their name, and what was refused,
// or only looked at, is not.
func TestActsOnThePageAreOnRecord(t *testing.T) {
	t.Parallel()
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ":delete") {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	o := newOffice(t, signingIn(time.Hour), func(c *web.Config) { c.Monitor = page })
	token := bearer(o.token("desk", "operator"))
	const queues = "/monitoring/api/queues/"
	for _, path := range []string{
		"shop.dead/archived_tasks/a-1:run", "shop.create:pause", "shop.create:resume", "shop.dead/archived_tasks/a-1:delete", "shop.dead/archived_tasks:batch_run",
	} {
		o.do("POST", queues+path, token, with(`{"task_ids":["a-1","b-1"]}`))
	}
	o.do("GET", queues+"shop.create", token)
	o.want("a list that is too long", o.do("POST", queues+"shop.dead/archived_tasks:batch_run", token, with(strings.Repeat("a", 2<<20))), http.StatusRequestEntityTooLarge, "")
	entries, _, err := o.store.Audit(t.Context(), time.Time{}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []accessstore.AuditEntry
	for _, e := range entries {
		if e.Who == "token:desk" {
			e.At = time.Time{}
			got = append(got, e)
		}
	}
	of := func(action, subject, detail string) accessstore.AuditEntry {
		return accessstore.AuditEntry{Who: "token:desk", From: "127.0.0.1", Account: "shop", Action: action, Subject: subject, Detail: detail}
	}
	const both = "a-1 b-1"
	want := []accessstore.AuditEntry{
		of("task.run", "shop.dead/archived_tasks/a-1", both), of("queue.pause", "shop.create", both), of("queue.resume", "shop.create", both),
		of("task.batch_run", "shop.dead/archived_tasks", both),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on record (-want +got):\n%s", diff)
	}
}
