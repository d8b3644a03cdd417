package octopush

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func TestContactsAreAddedAsDocumented(t *testing.T) {
	t.Parallel()
	var method, path, body string
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		method, path, body = r.Method, r.URL.Path, string(raw)
		w.WriteHeader(http.StatusCreated)
	})
	out := c.AddContacts(t.Context(), "vips", []campaign.Contact{{PhoneNumber: "+33612345678", FirstName: "Zoë", Param5: "5 €"}, {PhoneNumber: "+33612345679"}}, time.Time{})
	wantClass(t, out, record.ClassOK)
	got := []string{method, path, body}
	want := []string{
		"POST", "/contact/create",
		`{"list_name":"vips","contacts":[{"phone_number":"+33612345678","first_name":"Zoë","param5":"5 €"},{"phone_number":"+33612345679"}]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestWhatBecomesOfContacts(t *testing.T) {
	t.Parallel()
	one := []campaign.Contact{{PhoneNumber: "+33612345678"}}
	for _, tt := range []struct {
		status int
		body   string
		want   record.Class
	}{
		{200, `{"code":0}`, record.ClassOK}, {204, ``, record.ClassOK}, {201, `{"anything":["at","all"]}`, record.ClassOK},
		{201, `{"code":303}`, record.ClassRejected}, {400, `{"code":303,"message":"no such list"}`, record.ClassRejected}, {422, `{"message":"no"}`, record.ClassUnknown},
		{401, ``, record.ClassAccount}, {429, ``, record.ClassThrottled}, {503, ``, record.ClassTransient}, {201, `<html>`, record.ClassUnanswered},
	} {
		c := setup(t, answerWith(tt.status, tt.body))
		if got := c.AddContacts(t.Context(), "vips", one, time.Time{}); got.Class != tt.want {
			t.Errorf("%d %s: got %+v, want %s", tt.status, tt.body, got, tt.want)
		}
	}
	never := setup(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	wantClass(t, never.AddContacts(t.Context(), "", one, time.Time{}), record.ClassNotSent)
	wantClass(t, never.AddContacts(t.Context(), "vips", nil, time.Time{}), record.ClassNotSent)
	wantClass(t, never.AddContacts(t.Context(), "vips", one, time.Now().Add(-time.Second)), record.ClassNotSent)
}
