package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
)

const monday = "/v1/accounts/default/schedules/monday"

func weekly(cron string) string {
	return `{"cron":"` + cron + `","zone":"Europe/Paris","expires_after":"2h","campaign":{"id":"monday-{{tick}}","list_name":"customers",` +
		`"text":"It is {{time}}, {{date}}. STOP au 30101","type":"sms_premium","purpose":"wholesale"}}`
}

// holds checks that an answer has some texts, and not others, which begin with "!".
func (r *rig) holds(what string, a answer, texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		not := strings.HasPrefix(text, "!")
		if strings.Contains(a.text, strings.TrimPrefix(text, "!")) == not {
			r.t.Errorf("%s: got %s, want %q", what, a.text, text)
		}
	}
}

// A schedule is set, found, listed, paused, resumed and removed.
func TestSchedulesOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("none", r.ask(http.MethodGet, monday, ""), http.StatusNotFound)
	r.want("pause none", r.ask(http.MethodPost, monday+"/pause", ""), http.StatusNotFound)
	bad := r.ask(http.MethodPut, monday, strings.Replace(weekly("0 99 * * 1"), `"sms_premium"`, `"fax"`, 1))
	r.want("faults", bad, http.StatusUnprocessableEntity)
	r.holds("faults", bad, `"field":"cron"`, `"field":"type"`)
	r.want("a span", r.ask(http.MethodPut, monday, strings.Replace(weekly("0 9 * * 1"), "2h", "soon", 1)), http.StatusUnprocessableEntity)
	r.want("a name", r.ask(http.MethodPut, "/v1/accounts/default/schedules/No", weekly("0 9 * * 1")), http.StatusUnprocessableEntity)
	r.want("an account", r.ask(http.MethodPut, "/v1/accounts/No!/schedules/monday", weekly("0 9 * * 1")), http.StatusNotFound)

	first := r.ask(http.MethodPut, monday, weekly("0 9 * * 1"))
	r.want("set", first, http.StatusOK)
	r.holds("set", first, `"created_by":"user:anna"`, `"missed":"skip"`, `"expires_after":"2h0m0s"`, `{{time}}`, "T09:00:00+0")
	found := r.ask(http.MethodGet, monday, "")
	r.holds("find", found, `"cron":"0 9 * * 1"`, "!paused")
	again := r.ask(http.MethodPut, monday, weekly("0 9 * * 1"))
	r.want("set again", again, http.StatusOK)
	if found.text != again.text {
		t.Errorf("set again: got %s, want %s", again.text, found.text)
	}
	r.holds("replace", r.ask(http.MethodPut, monday, weekly("0 10 * * 1")), "T10:00:00+0")
	r.holds("list", r.ask(http.MethodGet, "/v1/accounts/default/schedules", ""), `"items":[{"name":"monday"`)

	r.holds("pause", r.ask(http.MethodPost, monday+"/pause", ""), `"paused":true`, `"next":[]`)
	r.holds("pause again", r.ask(http.MethodPost, monday+"/pause", ""), `"paused":true`)
	r.holds("replace what is paused", r.ask(http.MethodPut, monday, weekly("0 11 * * 1")), `"paused":true`, `"next":[]`)
	r.holds("resume", r.ask(http.MethodPost, monday+"/resume", ""), "!paused", "T11:00:00+0")
	if got := r.bare(http.MethodDelete, monday); got != http.StatusNoContent {
		t.Errorf("remove: got %d", got)
	}
	r.want("remove again", r.ask(http.MethodDelete, monday, ""), http.StatusNotFound)
}

// A run enqueues at once; with a key it may be repeated, also when its moment has passed.
func TestRunASchedule(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("run none", r.ask(http.MethodPost, monday+"/run", ""), http.StatusNotFound)
	r.want("set", r.ask(http.MethodPut, monday, weekly("0 9 * * 1")), http.StatusOK)
	r.want("pause", r.ask(http.MethodPost, monday+"/pause", ""), http.StatusOK)
	run := r.ask(http.MethodPost, monday+"/run", "")
	r.want("run", run, http.StatusCreated)
	if !strings.HasPrefix(run.body.ID, "monday-2") || run.body.EnqueuedBy != "user:anna" || strings.Contains(run.body.Campaign.Text, "{{") || run.body.Campaign.ExpiresAt.IsZero() {
		t.Errorf("run: got %s", run.text)
	}
	r.want("a bad key", r.ask(http.MethodPost, monday+"/run", "", "Idempotency-Key", "Löwe"), http.StatusBadRequest)
	keyed := r.ask(http.MethodPost, monday+"/run", "", "Idempotency-Key", "k1")
	r.want("with a key", keyed, http.StatusCreated)
	r.want("replace", r.ask(http.MethodPut, monday, strings.Replace(weekly("0 9 * * 1"), "It is", "Now it is", 1)), http.StatusOK)
	repeated := r.ask(http.MethodPost, monday+"/run", "", "Idempotency-Key", "k1")
	r.want("with the key again", repeated, http.StatusOK)
	if repeated.body.ID != keyed.body.ID || repeated.body.Campaign.Text != keyed.body.Campaign.Text {
		t.Errorf("with the key again: got %s, want %s", repeated.text, keyed.text)
	}
	if other := r.ask(http.MethodPut, "/v1/accounts/default/schedules/other", weekly("0 9 * * 1")); other.status != http.StatusOK {
		t.Fatal(other.text)
	}
	r.want("another's key", r.ask(http.MethodPost, "/v1/accounts/default/schedules/other/run", "", "Idempotency-Key", "k1"), http.StatusCreated)
	if repeated.body.State != campaign.StateQueued {
		t.Errorf("got %s, want it queued", repeated.body.State)
	}
}
