package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/reference"
	"github.com/octoq/octoq/internal/rights"
)

// update is a flag of this test binary: make docs gives it.
var update = flag.Bool("update", false, "write the references in docs/ from the code")

// The references in docs/ are those that the code makes.
func TestReferencesAreUpToDate(t *testing.T) {
	t.Parallel()
	fields, err := reference.Page()
	if err != nil {
		t.Fatalf("make the page of the fields: %v", err)
	}
	schema, err := reference.Schema()
	if err != nil {
		t.Fatalf("make the schema: %v", err)
	}
	document, err := api.Document("v1")
	if err != nil {
		t.Fatal(err)
	}
	older, err := api.OlderDocument("v1")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"openapi.json": string(document), "openapi-3.0.json": string(older),
		"fields.md": fields, "campaign.schema.json": string(schema), "settings.md": settingsPage(),
	} {
		checkReference(t, name, want)
	}
	checkReference(t, "redis.md", withRights(t, readPage(t, "redis.md")))
}

// The marks around the section of rights, in a page that is written by hand.
const (
	rightsBegin = "<!-- Made by make docs from internal/rights, down to the next comment: change it there. -->\n\n"
	rightsEnd   = "\n<!-- The end of what make docs makes. -->\n"
)

// withRights is a page with the section of rights that the code makes.
func withRights(t *testing.T, page string) string {
	t.Helper()
	before, rest, begins := strings.Cut(page, rightsBegin)
	_, after, ends := strings.Cut("\n"+rest, rightsEnd)
	if !begins || !ends {
		t.Fatalf("docs/redis.md has no section between %q and %q", rightsBegin, rightsEnd)
	}
	return before + rightsBegin + rights.Section() + rightsEnd + after
}

// readPage is a page of docs/ as it is.
func readPage(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// checkReference holds a file of docs/ against what it has to be, or writes it.
func checkReference(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatalf("write docs/%s: %v", name, err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("run make docs: %v", err)
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("run make docs and commit what it writes: docs/%s is not what the code makes (-code +file):\n%s", name, diff)
	}
}
