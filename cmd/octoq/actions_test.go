package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/action"
)

// Campaigns that refused the act make a command fail, and so does a stop; what had changed
// does not. Each that was not touched is named, with the reason.
func TestWhatAnActionCameTo(t *testing.T) {
	t.Parallel()
	skipped := action.Untouched{ID: "c1", Effect: action.Skipped, Detail: "it has changed"}
	failed := action.Untouched{ID: "c2", Effect: action.Failed, Detail: "its letter is missing"}
	for name, tt := range map[string]struct {
		status action.Status
		code   int
		said   string
	}{
		"done":    {action.Status{State: action.Finished, Done: 3}, exitOK, ""},
		"skipped": {action.Status{State: action.Finished, Done: 2, Skipped: 1, Problems: []action.Untouched{skipped}}, exitOK, "c1 skipped: it has changed"},
		"failed":  {action.Status{State: action.Finished, Done: 2, Failed: 1, Problems: []action.Untouched{failed}}, exitFailed, "c2 failed: its letter is missing"},
		"stopped": {action.Status{ID: "default.x", State: action.Stopped, Done: 1}, exitFailed, ""},
	} {
		c := newDeadReplay()
		var out, errs bytes.Buffer
		c.SetOut(&out)
		c.SetErr(&errs)
		tt.status.Verb, tt.status.Total = action.Replay, 3
		err := printAction(c, tt.status)
		if exitCode(err) != tt.code || !strings.Contains(errs.String(), tt.said) || !strings.Contains(out.String(), "replay: ") {
			t.Errorf("%s: got %v, %q and %q, want exit code %d and %q", name, err, out.String(), errs.String(), tt.code, tt.said)
		}
		if tt.status.State == action.Stopped && !strings.Contains(err.Error(), "octoq dead replay --plan default.x") {
			t.Errorf("%s: got %v, want how to go on", name, err)
		}
	}
}
