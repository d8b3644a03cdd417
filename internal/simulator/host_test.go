package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/simulator"
)

// from asks as a browser would, by a name and from a page of a site.
func (s *sim) from(method, path, host, site string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(`{"fault":"500"}`))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = host
	req.Header = http.Header{"Api-Login": {s.login}, "Api-Key": {s.key}}
	if site != "" {
		req.Header.Set("Sec-Fetch-Site", site)
	}
	return do(req)
}

func TestAdminIsAnsweredByLoopbackNamesOnly(t *testing.T) {
	t.Parallel()
	closed, open := newSim(t, simulator.Config{}), newSim(t, simulator.Config{AnyHost: true})
	for host, status := range map[string]int{
		"localhost": 200, "LOCALHOST:8081": 200, "127.0.0.1:8081": 200, "127.9.9.9": 200, "[::1]:8081": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:8081": 421, "localhost.evil.example": 421, "10.0.0.1": 421, "127.0.0.1.evil.example": 421,
	} {
		if got := closed.from("GET", "/_sim/log", host, ""); got.status != status {
			t.Errorf("%s: got %d %s, want %d", host, got.status, got.raw, status)
		}
		want(t, "any host, "+host, open.from("GET", "/_sim/log", host, ""), 200, 0)
		want(t, "the API, "+host, closed.from("GET", wallet, host, ""), 200, 0)
	}
}

func TestAdminTakesNoOrdersFromOtherSites(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for site, status := range map[string]int{"": 201, "same-origin": 201, "none": 201, "cross-site": 403, "same-site": 403} {
		r := s.from("POST", "/_sim/rules", "localhost", site)
		if r.status != status || status == 403 && r.body["error"] == nil {
			t.Errorf("from %q: got %d %s, want %d", site, r.status, r.raw, status)
		}
	}
	if got := len(s.Rules()); got != 3 {
		t.Errorf("rules: got %d, want the 3 that were taken", got)
	}
}
