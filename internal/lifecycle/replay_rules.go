package lifecycle

import (
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// keepsTicket reports whether a replay of a dead campaign goes on with the ticket
// that it has: then there is no second ticket, and nothing can be sent twice. It does
// not if the content was edited since, if the API has called the ticket failed or
// unknown, if another ticket may have been sent, or by force.
func keepsTicket(r record.Record) bool {
	return r.Ticket != "" && !r.Forced && !r.Edited && !ticketRefused(r) && !sentByAnother(r)
}

// keepsRequest reports whether a replay asks under the same request_id: as long as
// the API has given no ticket for it, so that a ledger which forgot the replay asks
// the same question again.
func keepsRequest(r record.Record) bool {
	lost := r.Failure != nil && r.Failure.Class == campaign.FailLostTicket
	return r.Ticket == "" && !lost && !r.Forced
}

// sentByAnother reports whether another ticket of the campaign may have been sent,
// as the cancel of an orphan can show, while a second sending was not accepted: then
// the present ticket is not confirmed.
func sentByAnother(r record.Record) bool {
	return r.MaybeConfirmed && !r.ConfirmTried && !forced(r)
}

// ticketFailed reports whether the API's status called the ticket failed, so that it
// can never be sent.
func ticketFailed(r record.Record) bool {
	return ofTicket(r) && r.Failure.Class == campaign.FailComputation
}

// ticketRefused reports whether the API has called the ticket failed, or refused to
// look at it or to confirm it.
func ticketRefused(r record.Record) bool {
	if !ofTicket(r) {
		return false
	}
	atTicket := r.Failure.Stage == campaign.StageStatus || r.Failure.Stage == campaign.StageConfirm
	return r.Failure.Class == campaign.FailComputation || r.Failure.Class == campaign.FailRejected && atTicket
}

func ofTicket(r record.Record) bool {
	return r.Failure != nil && r.Ticket != "" && r.Failure.Ticket == r.Ticket
}

// RefusesReplay says why a dead campaign is not replayed without force; "" if it is.
func RefusesReplay(r record.Record, m record.Snapshot) string {
	next := r
	next.Run++
	switch {
	case r.Forced:
		return ""
	case mayBeReplayedByOlder(r, m):
		return "an older octoq asked for it, and Redis, which was replaced after its death, may have forgotten that it was replayed and sent. " +
			"If Redis forgot nothing, say so with octoq vouch; else look at Octopush first; to accept a second sending, replay it with --force"
	case keepsTicket(r):
		return ""
	case r.MaybeConfirmed:
		return "it may have been sent already (maybe_confirmed). Look at Octopush first; to accept a second sending, replay it with --force"
	case TooLateToCreate(next, m):
		return "Redis was replaced and may have forgotten that it was sent, and the API no longer remembers its request_id. " +
			"If Redis forgot nothing, say so with octoq vouch; else look at Octopush first; to accept a second sending, replay it with --force"
	default:
		return ""
	}
}

// mayBeReplayedByOlder reports whether Redis may have forgotten that an older octoq,
// which noted no AskedAt, replayed the letter after its death and before a change of
// Redis. Its replays always asked for another ticket, under the request_id of their own
// run, so the API would not recognise the one that a replay asks under today.
func mayBeReplayedByOlder(r record.Record, m record.Snapshot) bool {
	if _, asked := firstAsked(r); !asked || !r.AskedAt.IsZero() || r.Removals > 0 || r.Failure == nil {
		return false
	}
	return slices.ContainsFunc(m.Changes, func(c record.RedisChange) bool {
		return !c.Birth() && c.FirstSeen.After(r.Failure.At)
	})
}

// NeedsForce reports whether a replay would be refused without force, or may be once
// the API has answered the delete of its old ticket. Where it certainly is not, force
// changes nothing.
func NeedsForce(r record.Record, m record.Snapshot) bool {
	return RefusesReplay(r, m) != "" || r.Ticket != "" && !keepsTicket(r)
}

// refusesDelete says why the replay of a campaign goes no further without force, after
// the API has answered the delete of its old ticket with a refusal; "" if it goes on.
// unknown is that of a ticket which the API does not know (131): in doubt, the
// forgotten life may have deleted it and sent the next one.
func refusesDelete(r record.Record, m record.Snapshot, unknown bool) string {
	doubt := InDoubt(r, m) || r.MaybeConfirmed
	switch {
	case r.Forced, unknown && !doubt, ticketFailed(r) && !doubt:
		return ""
	case unknown:
		return "the API does not know its ticket " + r.Ticket + " any more, and Redis may have forgotten that another one was sent. " +
			"Look at Octopush first; to accept a second sending, replay it with --force"
	default:
		return "the API refused to delete its ticket " + r.Ticket + ", which could still be sent. " +
			"Delete it on Octopush's site and replay again, or accept a second sending with --force"
	}
}
