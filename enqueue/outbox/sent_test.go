package outbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/worker/workertest"
)

// A campaign that was sent before its row could be deleted is relayed again, and not
// sent again.
func TestWhatIsRelayedAgainIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kit := workertest.Start(t, workertest.Config{Redis: w.rdb})
	w.exec(t, `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$`)
	w.exec(t, `CREATE TRIGGER no BEFORE DELETE ON octoq_outbox FOR EACH ROW EXECUTE FUNCTION no()`)
	const n = 20
	for i := range n {
		c := order(fmt.Sprint("c-", i))
		c.ListName = c.ID
		w.put(t, c)
	}
	w.relay(t, nil)
	c := client(t, w.redis.URL())
	until(t, "the last is in Redis", func() bool { _, err := c.Get(t.Context(), "", fmt.Sprint("c-", n-1)); return err == nil })
	for i := range n {
		if r := kit.Await(t, c, fmt.Sprint("c-", i)); r.State != campaign.StateSent {
			t.Fatalf("c-%d: got %s, want it sent", i, r.State)
		}
	}
	if got := w.status(t).Waiting; got != n {
		t.Fatalf("waiting: got %d rows, want all of them still there", got)
	}
	w.exec(t, `DROP TRIGGER no ON octoq_outbox`)
	w.untilEmpty(t)
	for i := range n {
		if got := kit.ConfirmCount(fmt.Sprint("c-", i)); got != 1 {
			t.Errorf("c-%d: got confirmed %d times, want once", i, got)
		}
	}
	if !strings.Contains(w.log.String(), "no room") || w.status(t).Refused > 0 {
		t.Errorf("got the log %s, want the rows relayed in vain first, and none refused", w.log)
	}
}
