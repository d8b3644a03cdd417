package ledger

import (
	"context"
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// Purge removes a dead campaign with its timeline and the keys of its tickets;
// its id is free again. If a confirm of it may have arrived, a tombstone stays
// instead, as campaign.Record.Tombstone makes it, and keeps the id taken for
// good, with its timeline and the keys of its tickets.
//
// before is the record as it was loaded, runID the moment's, token a new one
// and who the operator. The verdict is Commit's; a record that is gone already
// is applied. It fails with campaign.ErrState when the campaign is not dead.
func (s *Store) Purge(ctx context.Context, before campaign.Record, runID, token, who string) (campaign.Verdict, campaign.Moment, error) {
	if before.State != campaign.StateDead {
		return "", campaign.Moment{}, &campaign.StateError{
			Account: before.Account(), ID: before.ID(), State: before.State, Asked: "purge",
			Why: "only dead campaigns are purged",
		}
	}
	if inDoubt(before) {
		stone := before.Tombstone()
		stone.MaybeConfirmed = true
		return s.Commit(ctx, campaign.Change{
			Before: &before, After: stone, RunID: runID, Token: token,
			Entries: []campaign.Entry{{What: "purged", Who: who, State: campaign.StatePurged}},
		})
	}
	verdict, m, err := s.remove(ctx, before, runID)
	if err != nil {
		return "", m, fmt.Errorf("purge campaign %s/%s: %w", before.Account(), before.ID(), err)
	}
	return verdict, m, nil
}

// inDoubt reports whether anything in a record speaks of a confirm that may
// have arrived. The mark alone should say so; the others are asked too,
// because an id that is free can be sent a second time.
func inDoubt(r campaign.Record) bool {
	return r.MaybeConfirmed || r.ConfirmTried || r.Failure != nil && r.Failure.MaybeConfirmed
}

func (s *Store) remove(ctx context.Context, before campaign.Record, runID string) (campaign.Verdict, campaign.Moment, error) {
	account, id := before.Account(), before.ID()
	if err := checkName(account, id); err != nil {
		return "", campaign.Moment{}, err
	}
	values, err := s.form.encode(before)
	if err != nil {
		return "", campaign.Moment{}, err
	}
	w := &write{keys: base(account, id, before.State)}
	for _, ticket := range tickets(before) {
		w.keys = append(w.keys, key.Ticket(account, ticket))
	}
	w.take(id, string(campaign.StatePurged), runID, revision(&before))
	w.list(s.form.guards(values))
	return decodeVerdict(s.scripts.remove.Run(ctx, s.rdb, w.keys, w.args...).Result())
}
