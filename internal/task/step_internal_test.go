package task

import (
	"encoding/json"
	"testing"
)

// Steps are not encoded each time anew: their text has to be what would come of it.
func TestStepText(t *testing.T) {
	t.Parallel()
	want, err := json.Marshal(stepPayload{Version: common})
	if err != nil || stepText != string(want) {
		t.Errorf("got %s, want %s, %v", stepText, want, err)
	}
}
