package archtest

import (
	"fmt"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// Tokens come from internal/random. Redis's own run_id, which internal/memredis
// imitates, is none of octoq's.
func TestTokensComeFromOnePlace(t *testing.T) {
	t.Parallel()
	sources, err := readTree(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range ownTokens(sources) {
		t.Error(fault)
	}
}

func TestOwnTokensAreFound(t *testing.T) {
	t.Parallel()
	sources, err := readTree(fstest.MapFS{
		"a/a.go":               {Data: []byte("package a\nimport \"crypto/rand\"\nvar t = rand.Text()\n")},
		"b/b_test.go":          {Data: []byte("package b\nimport \"crypto/rand\"\nvar t = rand.Text()\n")},
		"internal/random/r.go": {Data: []byte("package random\nimport \"crypto/rand\"\nvar t = rand.Text()\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a/a.go:2: call random.Token of internal/random instead of crypto/rand"}
	if diff := cmp.Diff(want, ownTokens(sources)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// ownTokens lists where the product makes random tokens past internal/random.
func ownTokens(sources []source) []string {
	var found []string
	for _, s := range sources {
		if s.test || s.pkg() == "internal/random" || s.pkg() == "internal/memredis" {
			continue
		}
		for _, i := range s.imports {
			if i.path == "crypto/rand" {
				found = append(found, fmt.Sprintf("%s:%d: call random.Token of internal/random instead of crypto/rand", s.path, i.line))
			}
		}
	}
	return found
}
