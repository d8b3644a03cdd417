package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// A grant that is void before the request is written costs nothing: another is
// asked for under the same claim, and no attempt is counted.
func TestLateGrantIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	late := 2
	b.api.wrong = func(r record.Request) *misstep {
		if r.Call != campaign.CallCreate || late == 0 {
			return nil
		}
		late--
		b.clock.advance(2 * time.Second) // past the end of the grant
		return &misstep{out: record.Outcome{Class: record.ClassNotSent, Message: "the time granted had passed"}}
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if got := b.record().Attempts.Create; got != 1 {
		t.Errorf("creates counted: got %d, want 1", got)
	}
	if got := b.api.made(campaign.CallCreate); got != 3 {
		t.Errorf("grants used: got %d, want 3", got)
	}
	if got := b.story(); got != "created, ready, sent" {
		t.Errorf("timeline: got %q, want nothing tried again", got)
	}
}
