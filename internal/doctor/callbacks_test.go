package doctor

import (
	"strings"
	"testing"
)

func TestCallbacksThatGoElsewhereAreNamed(t *testing.T) {
	t.Parallel()
	if f := Callbacks("shop", nil); f.Level != OK || f.Account != "shop" || f.Do != "" {
		t.Errorf("all go to octoq web: got %+v, want ok", f)
	}
	f := Callbacks("shop", []string{"replies", "optouts"})
	if f.Level != Warning || !strings.Contains(f.What, "replies, optouts") || !strings.Contains(f.Do, "--account shop") {
		t.Errorf("two go elsewhere: got %+v, want a warning that names them and what to do", f)
	}
}
