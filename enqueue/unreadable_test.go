package enqueue_test

import (
	"errors"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// A record that this octoq cannot read, or what is none, makes its id known.
func TestIdOfAnUnreadableRecordIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, redistest.Start(t).Client())
	w.rdb.HSet(t.Context(), "octoq:{default}:c:newer", "v", "99", "state", "sent")
	w.rdb.Set(t.Context(), "octoq:{default}:c:odd", "text", 0)
	for _, id := range []string{"newer", "odd"} {
		if _, err := w.client.Enqueue(t.Context(), order(id)); !errors.Is(err, campaign.ErrDuplicate) || !errors.Is(err, campaign.ErrVersion) {
			t.Errorf("%s: got %v, want ErrDuplicate and ErrVersion", id, err)
		}
	}
	if got := w.waiting(t, campaign.StageCreate); len(got) > 0 {
		t.Errorf("queue: got %q, want nothing", got)
	}
}
