package reference_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/reference"
	_ "github.com/octoq/octoq/internal/testenv" // no setting of the developer's reaches these tests
)

// A field of the struct that is not described here is described nowhere.
func TestEveryFieldIsDescribed(t *testing.T) {
	t.Parallel()
	var names []string
	for _, f := range reference.Fields() {
		names = append(names, f.Name)
		for what, text := range map[string]string{
			"type": string(f.Type), "values": f.Values(), "meaning": f.Meaning, "default": f.Default, "example": f.Example, "version": f.Since,
		} {
			if text == "" {
				t.Errorf("%s: got no %s", f.Name, what)
			}
		}
		if f.Required && f.Default != "none" {
			t.Errorf("%s: got the default %q, want none: the field is required", f.Name, f.Default)
		}
	}
	if n := reflect.TypeFor[campaign.Campaign]().NumField(); n != len(names) {
		t.Errorf("got %d fields described, and the struct has %d", len(names), n)
	}
	if diff := cmp.Diff(input.Fields(), names); diff != "" {
		t.Errorf("fields in campaign and here (-campaign +here):\n%s", diff)
	}
}

// What Validate misses is required, and nothing else.
func TestRequiredFields(t *testing.T) {
	t.Parallel()
	for _, f := range reference.Fields() {
		members := complete()
		if f.Name == "list_name" || f.Name == "tag_name" {
			continue // one of them is needed
		}
		delete(members, f.Name)
		if _, err := decode(t, members); (err != nil) != f.Required {
			t.Errorf("%s: got %v without it, and required is %v", f.Name, err, f.Required)
		}
	}
}

// The limits are those of validation: the longest text is taken, and one more
// character is not.
func TestLimitsAreThoseOfValidation(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, f := range reference.Fields() {
		if f.Max == 0 {
			continue
		}
		for length, valid := range map[int]bool{f.Min - 1: f.Min == 1 && !f.Required, f.Min: true, f.Max: true, f.Max + 1: false} {
			members := complete()
			members[f.Name] = strings.Repeat("x", length)
			if f.Name == "tag_name" && length > 0 {
				delete(members, "list_name")
			}
			if f.Name == "list_name" && length == 0 {
				members["tag_name"] = "vip"
			}
			if _, err := decode(t, members); (err == nil) != valid {
				t.Errorf("%s of %d characters: got %v, want valid: %v", f.Name, length, err, valid)
			}
			tried++
		}
	}
	if tried < 4*6 {
		t.Errorf("tried %d lengths: is this test of any use?", tried)
	}
}

// Words are all that validation takes, in the order in which it names them.
func TestWordsAreThoseOfValidation(t *testing.T) {
	t.Parallel()
	for _, f := range reference.Fields() {
		members := complete()
		members[f.Name] = "other"
		_, err := decode(t, members)
		want := f.Name + `: "other" is not known: ` + strings.Join(f.Words, " or ") + " is wanted"
		if refused := err != nil && strings.Contains(err.Error(), "is not known"); refused != (f.Words != nil) || refused && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %q for the words %v", f.Name, err, want, f.Words)
		}
	}
}

// Each example is read as it stands there, and says something.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	for _, f := range reference.Fields() {
		members := complete()
		if f.Name == "tag_name" {
			delete(members, "list_name")
		}
		members[f.Name] = json.RawMessage(f.Example)
		c, err := decode(t, members)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		again, err := json.Marshal(c)
		if err != nil || !strings.Contains(string(again), `"`+f.Name+`":`+f.Example) {
			t.Errorf("%s: got %s, %v, want the example %s in it", f.Name, again, err, f.Example)
		}
	}
}

// The example files are campaigns without fault or warning whenever they are
// printed, and send nothing.
func TestExampleCampaigns(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{time.Now(), time.Date(2028, 2, 28, 23, 59, 59, 0, time.UTC), time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)} {
		for _, c := range reference.Examples(now) {
			if err := c.Validate(); err != nil {
				t.Errorf("at %s: %v", now, err)
			}
			if found := c.Warnings(now); len(found) > 0 {
				t.Errorf("at %s: %s: got the warnings %v, want none", now, c.ID, found)
			}
			if !c.SimulationMode {
				t.Errorf("%s would be sent if it were enqueued", c.ID)
			}
		}
	}
}

// A version is one that CHANGELOG.md knows: a release replaces
// Unreleased.
func TestVersionsAreReleases(t *testing.T) {
	t.Parallel()
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatalf("read the changelog: %v", err)
	}
	for _, f := range reference.Fields() {
		if !strings.Contains(string(changelog), "\n## ["+f.Since+"]") {
			t.Errorf("%s: since %s, which is no heading of CHANGELOG.md", f.Name, f.Since)
		}
	}
}

// complete is a campaign with what it needs.
func complete() map[string]any {
	return map[string]any{"list_name": "customers", "text": "Hello", "type": campaign.TypePremium, "purpose": campaign.PurposeAlert}
}

// decode reads a campaign, and wants an error to be one of the campaign.
func decode(t *testing.T, members map[string]any) (campaign.Campaign, error) {
	t.Helper()
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatalf("write %v: %v", members, err)
	}
	c, err := input.Decode(text)
	if err != nil && !errors.Is(err, campaign.ErrInvalid) {
		t.Fatalf("%s: got %v, want a ValidationError", text, err)
	}
	return c, err
}
