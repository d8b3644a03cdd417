package random_test

import (
	"regexp"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/random"
)

func TestTokensAreUnlikeEachOther(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^[a-z2-7]{16}$`), map[string]bool{}
	for range 10_000 {
		token := random.Token()
		if seen[token] || !form.MatchString(token) {
			t.Fatalf("got %q, want 16 of a-z 2-7 that no other token has", token)
		}
		seen[token] = true
	}
	if name := "t-" + random.Token(); !campaign.ValidAccount(name) {
		t.Errorf("%q is no name of an account", name)
	}
}
