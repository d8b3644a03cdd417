package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// delivery is a report of one message.
func delivery(ticket, status string) string {
	return fmt.Sprintf(`{"message_id":%q,"number":"+33612345678","status":%q,"delivery_date":"2026-11-29 12:00:00"}`, ticket, status)
}

// doubtful enqueues campaigns whose confirm arrives and is not answered, and waits until
// they are dead.
func (r *rig) doubtful(ids ...string) {
	r.t.Helper()
	lines := ""
	for _, id := range ids {
		lines += toList(id, "")
		r.rule(simulator.Rule{Call: simulator.CallSend, ListName: id, Fault: simulator.FaultDropAfter, Times: 1})
	}
	r.enqueue(lines)
	for _, id := range ids {
		if s := r.await(30*time.Second, id, campaign.StateDead); !s.Maybe {
			r.t.Fatalf("%s: got %+v, want it maybe_confirmed", id, s)
		}
	}
}

// A report of a message proves that the ticket was sent whose confirm was not answered; a
// word that may be said of messages that never left does not.
func TestADeliveryReportEndsTheDoubt(t *testing.T) {
	t.Parallel()
	r, url := resultsRig(t, simulator.Config{AfterSend: simulator.AfterSendUnknown})
	r.quick()
	r.reportee(url)
	r.known()
	r.doubtful("proved", "other")
	deliveries := callbackBase(strings.TrimPrefix(url, "http://")) + "/deliveries"
	report := func(ticket, word string) {
		t.Helper()
		if got := r.callBack(deliveries, delivery(ticket, word)); got != 200 {
			t.Fatalf("report of %s: got %d, want 200", ticket, got)
		}
	}
	report(r.status("other").Ticket, "BLACKLISTED_NUMBER")
	report(r.status("proved").Ticket, "DELIVERED")
	s := r.await(30*time.Second, "proved", campaign.StateSent)
	if s.ProvedBy != "delivery_report" || s.Maybe {
		t.Errorf("proved: got %+v, want it proved by a delivery report", s)
	}
	r.wantCode(1, "dead", "show", "proved")
	r.until(30*time.Second, "the other report is counted", func() (bool, string) {
		out := r.must(0, "status", "other", "--json").out
		return strings.Contains(out, "BLACKLISTED_NUMBER"), out
	})
	if s := r.status("other"); s.State != campaign.StateDead || !s.Maybe {
		t.Errorf("other: got %+v, want it in doubt as before", s)
	}
}

// A report of a ticket that a replay by force has left behind stops that run before its
// confirm, until a person accepts the second sending.
func TestADeliveryReportStopsASecondSending(t *testing.T) {
	t.Parallel()
	r, url := resultsRig(t, simulator.Config{AfterSend: simulator.AfterSendUnknown})
	r.quick()
	r.reportee(url)
	r.known()
	r.doubtful("forced")
	first := r.status("forced").Ticket
	r.rule(simulator.Rule{Call: simulator.CallStatus, ListName: "forced", Fault: simulator.FaultNeverReady, Times: 1000})
	r.rule(simulator.Rule{
		Call: simulator.CallCancel, ListName: "forced", Times: 1,
		Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: record.CodeUnknownCampaign, Message: "unknown",
	})
	r.must(0, "dead", "replay", "forced", "--force")
	r.await(30*time.Second, "forced", campaign.StateComputing)
	if got := r.callBack(callbackBase(strings.TrimPrefix(url, "http://"))+"/deliveries", delivery(first, "READ")); got != 200 {
		t.Fatalf("report: got %d, want 200", got)
	}
	r.until(30*time.Second, "the ticket left behind is known to be sent", func() (bool, string) {
		s := r.status("forced")
		return s.SentOrphan == first, fmt.Sprintf("%+v", s)
	})
	r.sim.ClearRules()
	r.await(30*time.Second, "forced", campaign.StateAwaitingApproval)
	r.wantCode(1, "approve", "forced", "--up-to", "100")
	if n := r.sim.Stats(0).SendsByList["forced"]; n != 1 {
		t.Fatalf("sends: got %d, want one", n)
	}
	r.must(0, "approve", "forced", "--force", "--up-to", "100")
	r.until(30*time.Second, "it is sent by force", func() (bool, string) {
		n := r.sim.Stats(0).SendsByList["forced"]
		return n == 2, fmt.Sprint(n)
	})
}
