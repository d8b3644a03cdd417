package ledger

import (
	"context"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Purge leaves a tombstone of a dead campaign, as campaign.Record.Tombstone
// makes it: its content is gone, its id stays taken. If a confirm of it may have
// arrived, or forGood says that Redis may have forgotten an earlier life of it,
// that is for good; otherwise the id is free again after a day, when no wake-up
// of the campaign can still be under way and bring it back to life.
//
// before is the record as it was loaded, runID the moment's, token a new one, who the
// operator and why the reason, which may be empty. The verdict is Commit's. It fails with
// campaign.ErrState when the campaign is not dead.
func (s *Store) Purge(ctx context.Context, before record.Record, forGood bool, runID, token, who, why string) (record.CommitResult, record.Snapshot, error) {
	return s.PurgeAppending(ctx, before, forGood, runID, token, who, why, Append{})
}

// PurgeAppending is Purge with something that follows; see CommitAppending.
func (s *Store) PurgeAppending(
	ctx context.Context, before record.Record, forGood bool, runID, token, who, why string, then Append,
) (record.CommitResult, record.Snapshot, error) {
	if before.State != campaign.StateDead {
		return "", record.Snapshot{}, &campaign.StateError{
			Account: before.Account(), ID: before.ID(), State: before.State, Asked: "purge",
			Why: "only dead campaigns are purged",
		}
	}
	stone := before.Tombstone()
	stone.MaybeConfirmed = forGood || mayBeConfirmed(before)
	return s.CommitAppending(ctx, record.Change{
		Before: &before, After: stone, RunID: runID, Token: token,
		Entries: []campaign.Entry{{What: "purged", Who: who, Why: why, State: campaign.StatePurged}},
	}, then)
}

// mayBeConfirmed reports whether anything in a record speaks of a confirm that may
// have arrived. The mark alone should say so; the others are asked too, because an
// id that is free can be sent a second time.
func mayBeConfirmed(r record.Record) bool {
	return r.MaybeConfirmed || r.ConfirmTried || r.Failure != nil && r.Failure.MaybeConfirmed
}
