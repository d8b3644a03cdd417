package main

import (
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"

	_ "github.com/octoq/octoq/internal/testenv" // no test sees the developer's settings
)

// Everything that a program is linked from is there: Go, modules with their sums, and
// octoq's own module at the version of the release, wherever it was replaced.
func TestDescribe(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{
		{Path: "github.com/Shopify/x", Version: "v2.0.0+incompatible", Sum: "h1:abc="},
		{Path: "github.com/octoq/octoq", Version: "v0.0.0", Replace: &debug.Module{Path: "../.."}},
	}}
	d := describe(module("github.com/octoq/octoq/enqueue/outbox", "1.2.3"), info)
	want := []component{
		{Ref: "pkg:golang/std@1.26.8", Type: "library", Name: "std", Version: "1.26.8", PURL: "pkg:golang/std@1.26.8"},
		{
			Ref: "pkg:golang/github.com/shopify/x@v2.0.0%2Bincompatible", Type: "library", Name: "github.com/Shopify/x", Version: "v2.0.0+incompatible",
			PURL: "pkg:golang/github.com/shopify/x@v2.0.0%2Bincompatible", Properties: []property{{"go.sum", "h1:abc="}},
		},
		{Ref: "pkg:golang/github.com/octoq/octoq@1.2.3", Type: "library", Name: "github.com/octoq/octoq", Version: "1.2.3", PURL: "pkg:golang/github.com/octoq/octoq@1.2.3"},
	}
	if diff := cmp.Diff(want, d.Components); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	if got := d.Dependencies; len(got) != 1 || got[0].Ref != d.Metadata.Component.Ref || len(got[0].DependsOn) != len(want) {
		t.Errorf("dependencies: got %v, want all components of %s", got, d.Metadata.Component.Ref)
	}
}
