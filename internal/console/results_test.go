package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/result"
	"github.com/octoq/octoq/internal/resultstore"
)

// report has Octopush report of a ticket: a status of each number, and a reply and an
// opt-out.
func (r *rig) report(ticket string, statuses ...result.DeliveryStatus) {
	r.t.Helper()
	hasher, err := phone.NewHasher("a key of numbers, long enough")
	if err != nil {
		r.t.Fatal(err)
	}
	store, ctx := resultstore.New(r.rdb, resultstore.Options{Hashers: []phone.Hasher{hasher}}), r.t.Context()
	var reports []result.DeliveryReport
	for i, status := range statuses {
		reports = append(reports, result.DeliveryReport{Ticket: ticket, Number: "+3361234567" + string(rune('0'+i)), Status: status, At: time.Now()})
	}
	inbound := []result.Inbound{{Ticket: ticket, Number: "+33612345670", Text: "STOP", At: time.Now()}}
	for _, err := range []error{store.TakeReports(ctx, "default", reports), store.TakeReplies(ctx, "default", inbound), store.TakeOptOuts(ctx, "default", inbound)} {
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if _, err := store.Fold(ctx, "default"); err != nil {
		r.t.Fatal(err)
	}
}

func TestACampaignShowsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.enqueue("spring", "Hello.", campaign.StateSent, func(c *campaign.Record) { priced(c); c.Ticket = "sms_spring" })
	r.get("/campaigns/default/spring").lacks("What became of it")
	r.report("sms_spring", result.Delivered, result.Delivered, result.Read, result.NotDelivered, result.Ack)
	r.get("/campaigns/default/spring").want(http.StatusOK, "What became of it",
		"<dt>Delivered</dt><dd>3</dd>", "<dt>Failed</dt><dd>1</dd>", "<dt>Pending</dt><dd>16</dd>", "<dt>Replies</dt><dd>1</dd>", "<dt>Opt-outs</dt><dd>1</dd>", "<dt>Last report</dt>",
		`<th scope="row">DELIVERED</th><td>2</td>`, `<th scope="row">READ</th><td>1</td>`, `<th scope="row">NOT_DELIVERED</th><td>1</td>`, `<th scope="row">ACK</th><td>1</td>`)
}

// Reports that decide nothing are shown beside the doubt, and only there.
func TestReportsThatProveNothingAreShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	doubtful := func(c *campaign.Record) {
		priced(c)
		c.Ticket, c.ConfirmTried, c.MaybeConfirmed = "sms_doubt", true, true
	}
	r.enqueue("doubt", "Hello.", campaign.StateComputing, doubtful)
	r.get("/campaigns/default/doubt").lacks("proves nothing")
	r.report("sms_doubt", result.Blacklisted, result.Ack)
	r.get("/campaigns/default/doubt").want(http.StatusOK, "It is not known whether it was sent. Something was reported of 2 of its numbers, and proves nothing.")
	r.enqueue("sent", "Hello.", campaign.StateSent, func(c *campaign.Record) { priced(c); c.Ticket = "sms_sent" })
	r.report("sms_sent", result.Blacklisted)
	r.get("/campaigns/default/sent").lacks("proves nothing")
}
