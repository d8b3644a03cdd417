package task_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/octoq/octoq/internal/task"
)

// FuzzDecode feeds the codec what a queue may hold after a person or another
// program wrote to it. What it accepts must survive being written again.
func FuzzDecode(f *testing.F) {
	for _, t := range []task.Task{first(), letter(), step()} {
		id, payload, err := task.Append(nil, &t)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(queueOf(t), task.TypeName(t.Step.Stage), id, payload)
	}
	f.Add("default.create", "campaign:create", "a~1.1.1", []byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, queue, typename, taskID string, payload []byte) {
		if len(payload) > task.MaxPayload/8 {
			t.Skip("escaping may make it larger than what is written")
		}
		_ = task.Readable(typename, payload)
		was, err := task.Decode(queue, typename, taskID, payload)
		if err != nil {
			return
		}
		gotID, again, err := task.Append(nil, &was)
		if gotType := task.TypeName(was.Step.Stage); err != nil || gotType != typename || gotID != taskID {
			t.Fatalf("Append: got %q, %q, %v, want %q, %q", gotType, gotID, err, typename, taskID)
		}
		is, err := task.Decode(queue, typename, taskID, again)
		if err != nil {
			t.Fatalf("Decode of what was encoded: %v\n%s", err, again)
		}
		if diff := cmp.Diff(was, is, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("changed by writing (-was +is):\n%s", diff)
		}
	})
}
