package chaos

import (
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// codeUnknownTicket is what the API says to a ticket that it does not know.
const codeUnknownTicket = 131

// needless lists campaigns that are marked although nothing speaks for it: no confirm
// of them was ever tried, and the API has said neither that it knew their request_id from
// a time that Redis may have forgotten, nor that it does not know a ticket which octoq was
// about to delete: in the forgotten time the next one may have been sent.
func (w *world) needless(records []campaign.Record) []string {
	confirmed, doubted := map[string]bool{}, map[string]bool{} // by list or tag
	asked := map[string]string{}                               // whose a request_id is
	for _, c := range w.sim.Log() {
		id := c.ListName + c.TagName
		switch {
		case c.Call == simulator.CallSend:
			confirmed[id] = true
		case c.Call == simulator.CallCreate && asked[c.RequestID] != "" && w.losses.doubted:
			doubted[id] = true
		case c.Call == simulator.CallCancel && c.Code == codeUnknownTicket && w.losses.doubted:
			doubted[id] = true
		}
		if c.Call == simulator.CallCreate {
			asked[c.RequestID] = id
		}
	}
	var ids []string
	for _, r := range records {
		id := r.ID()
		tried := r.ConfirmTried || r.ConfirmedElsewhere || confirmed[id] || slices.ContainsFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Sent })
		if r.MaybeConfirmed && !tried && !doubted[id] && len(r.ForcedRuns) == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// forgotten reports whether the record is of a life that knows nothing of an earlier
// one: it got no ticket in doubt, or was cancelled before any worker touched it. Then
// Redis has forgotten that the campaign was sent, and nothing sends it again: a
// replay asks the question that the API remembers.
func forgotten(r campaign.Record) bool {
	return r.Ticket == "" && r.AcceptedRunID == "" && (r.State == campaign.StateDead || r.State == campaign.StateCancelled)
}
