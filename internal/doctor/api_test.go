package doctor

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/record"
)

func answering(out record.Outcome, err error) Account {
	return Account{Name: "acme", Balance: func(context.Context) (record.Outcome, error) { return out, err }}
}

func TestRefusalSaysWhatTheAPISaid(t *testing.T) {
	t.Parallel()
	found := API(t.Context(), answering(record.Outcome{
		Class: record.ClassAccount, HTTPStatus: 401, Code: 101, Message: "Wrong login.",
	}, nil))
	if want := "the API refuses the account: HTTP 401, code 101, Wrong login."; found[0].What != want {
		t.Errorf("got %q, want %q", found[0].What, want)
	}
}

// An account of the config file has its credentials there and nowhere else.
func TestAdviceNamesTheAccountsOwnSetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		account string
		class   record.Class
		want    string
	}{
		{"default", record.ClassAccount, "Check OCTOQ_API_LOGIN and"},
		{"agency", record.ClassAccount, "Check accounts.agency.api_login and"},
		{"default", record.ClassNotSent, "Check OCTOQ_API_URL,"},
		{"agency", record.ClassNotSent, "Check accounts.agency.api_url (without it, OCTOQ_API_URL),"},
		{"agency", record.ClassThrottled, "lower accounts.agency.rate (without it, OCTOQ_RATE)."},
	} {
		a := answering(record.Outcome{Class: c.class}, nil)
		a.Name = c.account
		if found := API(t.Context(), a); !strings.Contains(found[0].Do, c.want) {
			t.Errorf("%s, %s: got %q, want %q in it", c.account, c.class, found[0].Do, c.want)
		}
	}
}

func TestSettingsThatDoNotAllowToAskAreAFault(t *testing.T) {
	t.Parallel()
	found := API(t.Context(), answering(record.Outcome{}, errors.New("base URL is plain http")))
	if len(found) != 1 || found[0].Check != CheckSettings || found[0].Level != Fault || !strings.Contains(found[0].What, "plain http") {
		t.Errorf("got %+v, want a fault in the settings", found)
	}
}

func TestFaulty(t *testing.T) {
	t.Parallel()
	findings := []Finding{ok(CheckReach, "fine"), warning(CheckBalance, "low", "Buy."), fault(CheckAPI, "no", "Look.")}
	for _, c := range []struct {
		checks []string
		want   bool
	}{{nil, true}, {[]string{CheckAPI}, true}, {[]string{CheckReach, CheckBalance}, false}} {
		if got := Faulty(findings, c.checks...); got != c.want {
			t.Errorf("Faulty of %v: got %v, want %v", c.checks, got, c.want)
		}
	}
	if Faulty(findings[:2]) {
		t.Error("a warning counts as a fault")
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	status, location := http.StatusOK, ""
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(status)
		_, _ = w.Write([]byte("not ready:\nRedis does not answer"))
	}))
	defer page.Close()
	if err := Probe(t.Context(), page.URL); err != nil {
		t.Errorf("200: got %v, want nil", err)
	}
	status = http.StatusServiceUnavailable
	if err := Probe(t.Context(), page.URL); err == nil || err.Error() != "probe: HTTP 503: not ready: Redis does not answer" {
		t.Errorf("503: got %v, want what the page says in one line", err)
	}
	status, location = http.StatusFound, page.URL
	if err := Probe(t.Context(), page.URL); err == nil {
		t.Error("a redirect: got nil, want an error")
	}
	page.Close()
	for _, url := range []string{page.URL, "::", "no-scheme", ""} {
		if err := Probe(t.Context(), url); err == nil {
			t.Errorf("%q: got nil, want an error", url)
		}
	}
}
