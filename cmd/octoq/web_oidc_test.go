package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// Settings of a provider that do not go together are named before anything is opened.
func TestWebRefusesHalfAProvider(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	whole := map[string]string{
		"oidc-issuer": "https://login.example.com", "oidc-client-id": "octoq", "public-url": "https://octoq.example.com", "oidc-roles": "ops=operator",
	}
	for flag, tc := range map[string]struct{ value, want string }{
		"oidc-client-id":          {"", "OCTOQ_OIDC_CLIENT_ID"},
		"public-url":              {"", "OCTOQ_PUBLIC_URL"},
		"oidc-roles":              {"ops=chief", "OCTOQ_OIDC_ROLES"},
		"oidc-role-claim":         {"", "claim"},
		"oidc-issuer":             {"http://login.example.com", "not https"},
		"oidc-client-secret-file": {"/is/not/there", "OCTOQ_OIDC_CLIENT_SECRET_FILE"},
	} {
		said := maps.Clone(whole)
		said[flag] = tc.value
		args := []string{"web", "--redis-url", server.URL(), "--web-listen", "127.0.0.1:0"}
		for name, value := range said {
			args = append(args, "--"+name, value)
		}
		if code, _, errs := octoqNow(t, args...); code != exitUsage || !strings.Contains(errs, tc.want) {
			t.Errorf("--%s %q: got %d and %q, want 2 and %q", flag, tc.value, code, errs, tc.want)
		}
	}
}
