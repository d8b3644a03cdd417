package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/console"
)

// hostile is a text with markup, a template, a control character and one that turns the
// line around.
const hostile = `<img src=x onerror=alert(1)>"'{{.}}` + "\u202e\u0007"

// Markup and control characters in texts, names, labels and messages show as text on all
// pages, and what a page answers runs nothing of theirs.
func TestHostileTextsShowAsText(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := campaign.Campaign{
		ID: "h", ListName: "l<b>", Text: hostile, Type: campaign.TypePremium, Purpose: campaign.PurposeAlert, Labels: map[string]string{"k<b>": hostile},
	}
	if _, err := r.client.Enqueue(t.Context(), c); err == nil {
		t.Fatal("a text with a control character is taken: this test can use it")
	}
	shown := strings.ReplaceAll(hostile, "\u0007", "") // as far as campaigns take it
	c.Text, c.Labels = shown, map[string]string{"k": shown}
	if _, err := r.client.Enqueue(t.Context(), c); err != nil {
		c.Text, c.ListName, c.Labels = strings.ReplaceAll(shown, "\u202e", ""), "l", map[string]string{"k": strings.ReplaceAll(shown, "\u202e", "")}
		if _, err := r.client.Enqueue(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	r.kit.Advance("h", campaign.StateDead, func(rec *campaign.Record) {
		rec.Failure = &campaign.Failure{Class: campaign.FailRejected, Message: hostile}
		rec.Waiting, rec.RejectedBy, rec.RejectReason = hostile, hostile, hostile
		rec.Timeline = append(rec.Timeline, campaign.Entry{What: hostile, Who: hostile, Why: hostile})
	})
	hold := r.get("/accounts").form("/accounts/default/hold")
	hold.Set("message", hostile)
	r.ask(http.MethodPost, "/accounts/default/hold", hold).want(http.StatusSeeOther)
	for _, path := range []string{
		"/", "/campaigns", "/campaigns/default/h", "/approvals", "/letters", "/accounts", "/new", "/admin",
		"/campaigns?id_part=" + url.QueryEscape(hostile), "/campaigns/default/" + url.PathEscape(hostile), "/actions?reason=" + url.QueryEscape(hostile) + "&done=" + url.QueryEscape(hostile),
	} {
		s := r.ask(http.MethodGet, path, nil)
		if s.status >= http.StatusInternalServerError {
			t.Errorf("%s: got %d", path, s.status)
		}
		s.harmless()
	}
	form := url.Values{"text": {hostile}, "type": {hostile}, "list_name": {hostile}, "key": {"k"}}
	r.ask(http.MethodPost, "/new/default", form).harmless()
	r.ask(http.MethodPost, "/new/default/measure", form).harmless()
	r.bring("check", hostile, header+strings.ReplaceAll(hostile, `"`, "")+",l,t,x,y\n", "").harmless()
}

// harmless fails if a page has markup of the hostile text, or a character that is not
// seen outside of the fields of forms.
func (s shown) harmless() {
	s.t.Helper()
	if strings.Contains(s.text, "<img") || strings.Contains(s.text, "<b>") {
		s.t.Errorf("%s has markup of a text: %s", s.what, s.main())
	}
	for line := range strings.Lines(s.text) {
		if strings.ContainsAny(line, "\u202e\u0007") && !strings.Contains(line, "<input") && !strings.Contains(line, "</textarea>") {
			s.t.Errorf("%s has a character that is not seen: %q", s.what, line)
		}
	}
}

// The policy of every answer lets nothing run or load that is not octoq's own.
func TestThePolicyIsStrict(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"/", "/nowhere", "/campaigns"} {
		s := r.ask(http.MethodGet, path, nil)
		policy := s.header.Get("Content-Security-Policy")
		if policy != console.Policy || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: got the policy %q", path, policy)
		}
		for _, inline := range []string{" style=", "<style", " onclick", "javascript:"} {
			if strings.Contains(s.text, inline) {
				t.Errorf("%s has %q", path, inline)
			}
		}
	}
}
