package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// An account without credit waits for some: nobody dies or loses an attempt,
// although others' creates, which cost nothing, go on being accepted.
func TestNoCreditHoldsTheAccount(t *testing.T) {
	t.Parallel()
	const n = 6
	r := newRig(t, simulator.Config{})
	r.quick()
	web := r.web()
	r.worker()
	r.enqueue(campaigns("a", n, ""))
	r.awaitSent(30*time.Second, 1)
	if err := r.sim.SetBalance("", 0); err != nil {
		t.Fatal(err)
	}
	r.enqueue(campaigns("b", 2, ""))
	r.awaitHold(record.HoldAccount, record.CodeNoCredit)
	r.until(30*time.Second, "the queues are paused and the metrics say why", func() (bool, string) {
		v, _ := web.metrics().sum("octoq_hold", `account="default"`, `reason="account"`, `code="104"`)
		paused := web.paused()
		return v == 1 && len(paused) == 3, fmt.Sprint(v, paused)
	})
	// Campaigns that wait for approval are created and priced, not confirmed.
	waiting := 0
	r.until(60*time.Second, "one campaign was refused four times while others were created", func() (bool, string) {
		if r.list()[campaign.StateAwaitingApproval] == waiting {
			r.enqueue(campaigns(fmt.Sprintf("m%d-", waiting), 4, `,"confirm":"manual"`))
			waiting += 4
		}
		refused := r.refusedForCredit()
		for _, n := range refused {
			if n >= 4 {
				return true, ""
			}
		}
		return false, fmt.Sprint(refused)
	})
	if counts := r.list(); counts[campaign.StateDead] > 0 || counts[campaign.StateSent] == n+2 {
		t.Errorf("without credit: got %v, want nobody dead, and some waiting", counts)
	}
	if err := r.sim.SetBalance("", 1e6); err != nil {
		t.Fatal(err)
	}
	r.awaitSent(60*time.Second, n+2)
	r.awaitFree()
	web.awaitPaused()
	r.firstTime()
	r.onceEach()
}

// refusedForCredit counts the confirms answered "no credit", by list and tag.
func (r *rig) refusedForCredit() map[string]int {
	refused := map[string]int{}
	for _, c := range r.calls(simulator.CallSend, "") {
		if c.Code == record.CodeNoCredit {
			refused[c.ListName+c.TagName]++
		}
	}
	return refused
}

// One campaign that costs more than there is, while the balance is good and
// others pass, is set aside and keeps nobody; it can be replayed.
func TestOneDearCampaignIsSetAside(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_RATE=15")
	r.worker()
	mend := r.rule(simulator.Rule{Call: simulator.CallSend, ListName: "dear", Fault: simulator.FaultNoCredit})
	r.enqueue(toList("dear", ""))
	r.awaitHold(record.HoldAccount, record.CodeNoCredit)
	// There are always others, or nobody could know that it is this one alone.
	n := 0
	var dear status
	r.until(90*time.Second, "dear is set aside", func() (bool, string) {
		if r.list()[campaign.StateSent] >= n-5 && n < 200 {
			r.enqueue(campaigns(fmt.Sprintf("c%d-", n), 20, ""))
			n += 20
		}
		dear = r.status("dear")
		return dear.State == campaign.StateDead, fmt.Sprintf("%+v", dear)
	})
	if f := dear.Failure; f == nil || f.Class != campaign.FailNoCredit || f.Code != record.CodeNoCredit || dear.Maybe {
		t.Errorf("dear: got %+v, want no_credit, and not maybe_confirmed", dear)
	}
	r.awaitSent(60*time.Second, n)
	r.awaitFree()
	mend()
	r.must(0, "dead", "replay", "dear")
	r.await(30*time.Second, "dear", campaign.StateSent)
	r.onceEach()
}

// 105 may be an order that was taken: such a campaign is not simply confirmed
// again, its status is asked first.
func TestOrderWaitingForCreditIsNotConfirmedTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.worker()
	answer := simulator.Rule{
		Call: simulator.CallSend, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: record.CodeNoCreditOrdered,
		Message: "No credit, the order waits.", Times: 1,
	}
	taken, refused := answer, answer
	taken.ListName, taken.CarryOut = "taken", true
	refused.ListName = "refused"
	r.rule(taken)
	r.rule(refused)
	for _, id := range []string{"taken", "refused"} {
		r.enqueue(toList(id, ""))
		r.awaitHold(record.HoldAccount, record.CodeNoCreditOrdered)
		s := r.await(40*time.Second, id, campaign.StateSent)
		if s.Maybe {
			t.Errorf("%s: got maybe_confirmed, want the doubt settled", id)
		}
	}
	r.enqueue(campaigns("c", 4, ""))
	r.awaitSent(40*time.Second, 6)
	r.awaitFree()
	sends := map[string]int{}
	for _, c := range r.sim.Log() {
		if c.Call == simulator.CallSend {
			sends[c.ListName]++
		}
	}
	if sends["taken"] != 1 || sends["refused"] != 2 {
		t.Errorf("confirms asked for: got %v, want 1 where the order was taken and 2 where it was not", sends)
	}
	r.onceEach()
}
