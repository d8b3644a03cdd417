package arrows_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/arrows"
)

// Uses of functions, types, fields and methods are arrows; what is local, and what tests use, is none.
func TestOf(t *testing.T) {
	t.Parallel()
	g, err := arrows.Of("testdata/knot")
	if err != nil {
		t.Fatal(err)
	}
	want := arrows.Graph{
		Files: []string{"bottom.go", "middle.go", "top.go"},
		Arrows: []arrows.Arrow{
			{From: "bottom.go", To: "middle.go"}, {From: "middle.go", To: "bottom.go"},
			{From: "top.go", To: "bottom.go"}, {From: "top.go", To: "middle.go"},
		},
	}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	files, back := g.Order()
	if files[0] != "top.go" || len(back) != 1 || back[0].From == "top.go" {
		t.Errorf("got %v with %v back up, want top.go first and one arrow", files, back)
	}
}

func TestOfRefusesWhatIsNoPackage(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"testdata", "testdata/missing"} {
		if g, err := arrows.Of(dir); err == nil {
			t.Errorf("%s: got %v, want an error", dir, g)
		}
	}
}

// A chain is read from its head, whatever the names; a ring costs one arrow, and two
// rings that share a file two, in knots that are solved exactly and in larger ones.
func TestOrder(t *testing.T) {
	t.Parallel()
	name := func(i int) string { return string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".go" }
	ring := func(from, n int) []arrows.Arrow {
		var all []arrows.Arrow
		for i := range n {
			all = append(all, arrows.Arrow{From: name(from + i), To: name(from + (i+1)%n)})
		}
		return all
	}
	chain := func(n int) []arrows.Arrow {
		var all []arrows.Arrow
		for i := range n - 1 {
			all = append(all, arrows.Arrow{From: name(n - 1 - i), To: name(n - 2 - i)})
		}
		return all
	}
	for what, c := range map[string]struct {
		arrows []arrows.Arrow
		files  int
		back   int
	}{
		"nothing":              {nil, 3, 0},
		"a chain":              {chain(30), 30, 0},
		"a small ring":         {ring(0, 5), 5, 1},
		"a large ring":         {ring(0, 20), 20, 1},
		"two rings":            {append(ring(0, 5), ring(5, 5)...), 10, 2},
		"rings that share one": {append(ring(0, 5), ring(4, 5)...), 9, 2},
		"a large knot":         {append(ring(0, 20), ring(19, 20)...), 39, 2},
	} {
		g := arrows.Graph{Arrows: c.arrows}
		for i := range c.files {
			g.Files = append(g.Files, name(i))
		}
		files, back := g.Order()
		if len(back) != c.back {
			t.Errorf("%s: got %d arrows back up, want %d", what, len(back), c.back)
		}
		slices.Sort(files)
		slices.Sort(g.Files)
		if !slices.Equal(files, g.Files) {
			t.Errorf("%s: got %v, want each file once", what, files)
		}
	}
}
