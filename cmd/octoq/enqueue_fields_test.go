package main

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/reference"
)

// The help of octoq enqueue lists every field with its values and limits.
func TestHelpListsTheFields(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"enqueue", "schedule add"} {
		code, help, _ := octoqNow(t, append(strings.Fields(command), "--help")...)
		if code != exitOK {
			t.Fatalf("octoq %s --help: got exit %d", command, code)
		}
		after := 0
		for _, f := range reference.Fields() {
			if command == "schedule add" && f.Type == reference.TypeTime {
				continue // refused: a schedule has many moments
			}
			at := strings.Index(help, "--"+f.Flag()+" string")
			if at < after || !strings.Contains(help[max(at, 0):], f.Values()) {
				t.Errorf("octoq %s --help: got --%s at %d, want it behind the field before with %q", command, f.Flag(), at, f.Values())
			}
			after = max(at, after)
		}
	}
}

// Each example of the references is what a flag takes as well.
func TestExamplesAreFlags(t *testing.T) {
	t.Parallel()
	for _, f := range reference.Fields() {
		given := map[string]string{"list_name": "customers", "text": "Hello", "type": campaign.TypePremium, "purpose": campaign.PurposeAlert}
		if f.Name == "tag_name" {
			delete(given, "list_name")
		}
		given[f.Name] = strings.Trim(f.Example, `"`)
		args := []string{"enqueue", "--dry-run", "--json"}
		for name, value := range given {
			args = append(args, "--"+strings.ReplaceAll(name, "_", "-")+"="+value)
		}
		if code, out, said := octoqNow(t, args...); code != exitOK || !strings.Contains(out, `"`+f.Name+`":`+f.Example) {
			t.Errorf("%s: got exit %d, %q and %q, want the example enqueued", f.Name, code, out, said)
		}
	}
}

func TestExampleStandsAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{"--example xml", `"xml" is no format: csv or jsonl`},
		{"--example csv --file campaigns.csv", "it stands alone"},
		{"--example csv --redis-url redis://127.0.0.1:1", "it stands alone"},
	} {
		code, out, said := octoqNow(t, append([]string{"enqueue"}, strings.Fields(tt.args)...)...)
		if code != exitUsage || out != "" || !strings.Contains(said, tt.want) {
			t.Errorf("octoq enqueue %s: got exit %d, %q and %q, want 2 and %q", tt.args, code, out, said, tt.want)
		}
	}
}

// The columns that a CSV file has to have are the fields that are required.
func TestRequiredColumns(t *testing.T) {
	t.Parallel()
	code, _, said := octoqNow(t, "enqueue", "--dry-run", "--file", written(t, "c.csv", "id\nx\n"))
	if code != exitUsage {
		t.Errorf("got exit %d, want 2", code)
	}
	for _, f := range reference.Fields() {
		if missing := strings.Contains(said, f.Name+": the column is missing"); missing != (f.Required || f.Name == "list_name") {
			t.Errorf("%s: got it missed: %v, and required is %v, in %q", f.Name, missing, f.Required, said)
		}
	}
}
