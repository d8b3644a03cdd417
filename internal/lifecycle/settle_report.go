package lifecycle

import (
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// TicketReport is what Octopush reports of one of the messages of a ticket.
type TicketReport struct {
	Ticket string
	Status string    // in Octopush's words
	At     time.Time // when octoq received it, on Redis's clock
}

// ProvedByReport is what Record.ProvedBy says of a campaign that a delivery report has
// proved to be sent.
const ProvedByReport = "delivery_report"

// proves reports whether a report shows that the ticket was sent. Other words may be said
// of a message that never left, such as one to a blocked number.
func (p TicketReport) proves() bool {
	return slices.Contains([]string{"DELIVERED", "NOT_DELIVERED", "READ"}, p.Status)
}

// SettleReport decides what a delivery report changes, and reports whether it changes anything. A
// dead campaign whose last confirm was not answered is sent, where no run was forced. A
// ticket that octoq left behind and that was sent all the same stops a living run before
// its confirm. Whatever else a report says decides nothing, nor does the absence of reports.
func SettleReport(r record.Record, report TicketReport, m record.Snapshot, who string) (Decision, bool) {
	if !report.proves() {
		return Decision{}, false
	}
	d := newDraft(r, who)
	i := slices.IndexFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Ticket == report.Ticket && o.Ticket != r.Ticket })
	switch {
	case i >= 0 && !r.Orphans[i].Sent:
		d.proveOrphan(i, report, m)
	case provesConfirm(r, report) && r.State == campaign.StateDead:
		d.ProvedBy = ProvedByReport
		d.bookSent(m)
		d.markSent("sent", "a delivery report ("+report.Status+") proves that ticket "+r.Ticket+" was sent")
	case provesConfirm(r, report) && r.State == campaign.StatePurged:
		d.ProvedBy = ProvedByReport
		d.addEntry("proved_sent", "a delivery report ("+report.Status+") proves that ticket "+r.Ticket+" was sent")
	default:
		return Decision{}, false
	}
	return d.decision(), true
}

// provesConfirm reports whether a report answers the campaign's last confirm.
func provesConfirm(r record.Record, report TicketReport) bool {
	tried := r.ConfirmTried || r.State == campaign.StatePurged // a tombstone does not say
	doubtful := tried && r.MaybeConfirmed && r.ProvedBy == "" && !r.Forced && len(r.ForcedRuns) == 0
	return doubtful && r.Ticket != "" && r.Ticket == report.Ticket && !r.ConfirmedAt.IsZero() && report.At.After(r.ConfirmedAt)
}

// proveOrphan notes that a ticket was sent that octoq left behind, and leaves a living
// campaign to a person, unless its confirm is claimed. One that waits is stopped at once,
// any other when its confirm is due.
func (d *draft) proveOrphan(i int, report TicketReport, m record.Snapshot) {
	o := &d.Orphans[i]
	o.Sent, o.Note = true, "a delivery report ("+report.Status+") proves that it was sent"
	d.MaybeConfirmed = true
	d.addEntry("orphan_sent", "a delivery report ("+report.Status+") proves that ticket "+o.Ticket+" was sent")
	confirming := d.Claim != nil && d.Claim.Call == campaign.CallConfirm
	if d.State.Final() && d.State != campaign.StateDead || confirming {
		return
	}
	d.SentOrphan = o.Ticket
	if d.Claim == nil && (d.State == campaign.StateReady || d.State == campaign.StateAwaitingApproval && !d.WaitsForVouch()) {
		d.stopForOrphan(m)
	}
}

// stopForOrphan leaves the campaign to a person because another ticket of it was sent.
func (d *draft) stopForOrphan(m record.Snapshot) {
	d.withdrawApproval()
	d.endWait(m)
	d.awaitPerson(m, "awaiting_approval", orphanWasSent(d.Record))
}

// orphanWasSent says why a campaign whose other ticket was sent is not confirmed.
func orphanWasSent(r record.Record) string {
	return "ticket " + r.SentOrphan + " was sent, as a delivery report proves: cancel the campaign, or approve a second sending by force"
}
