package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
)

// AccountUse is what an account is needed for. The JSON names are stable.
type AccountUse struct {
	Account    string `json:"account"`
	Workers    int    `json:"workers"`    // processes that serve it
	Waiting    int64  `json:"waiting"`    // tasks that wait for a worker or their time
	Unfinished int64  `json:"unfinished"` // campaigns that a worker has touched and that have not ended
	Dead       int64  `json:"dead"`       // campaigns that a person is to decide on
	Schedules  int    `json:"schedules"`
	Orphans    bool   `json:"orphans"` // tickets that are still to be deleted at Octopush
}

// AccountUses says what each account is needed for that this Redis has seen, that a worker
// serves, or that others names.
func (d *Service) AccountUses(ctx context.Context, others ...string) ([]AccountUse, error) {
	accounts, err := d.everyAccount(ctx, others)
	if err != nil {
		return nil, err
	}
	workers, err := d.Workers(ctx, accounts...)
	if err != nil {
		return nil, err
	}
	uses := []AccountUse{}
	for _, account := range accounts {
		u, err := d.use(ctx, account)
		if err != nil {
			return nil, err
		}
		u.Workers = workers[account]
		uses = append(uses, u)
	}
	return uses, nil
}

// accountUse is AccountUses of one account.
func (d *Service) accountUse(ctx context.Context, account string) (AccountUse, error) {
	workers, err := d.Workers(ctx, account)
	if err != nil {
		return AccountUse{}, err
	}
	u, err := d.use(ctx, account)
	u.Workers = workers[account]
	return u, err
}

// use is what an account is needed for, its workers aside.
func (d *Service) use(ctx context.Context, account string) (AccountUse, error) {
	u := AccountUse{Account: account}
	counts, err := d.ledger.Counts(ctx, account)
	if err != nil {
		return u, err
	}
	for state, n := range counts {
		if !state.Final() {
			u.Unfinished += n
		}
	}
	depths, err := d.inspector.Depths(ctx, account)
	if err != nil {
		return u, err
	}
	for stage, q := range depths {
		if stage != campaign.StageDead {
			u.Waiting += tasksIn(q)
		}
	}
	// A letter may be of no record, and the other way round until a sweep has restored it.
	u.Dead = max(counts[campaign.StateDead], tasksIn(depths[campaign.StageDead]))
	seen, err := d.schedules.ReadAll(ctx, account)
	if err != nil {
		return u, err
	}
	u.Schedules = len(seen.Schedules)
	const ahead = 24 * time.Hour // of clocks that differ
	ids, _, err := d.ledger.Orphaned(ctx, account, time.Now().Add(ahead), "", 1)
	u.Orphans = len(ids) > 0
	return u, err
}

// tasksIn counts the tasks of a queue, whatever they wait for.
func tasksIn(q queue.Depth) int64 { return q.Pending + q.Active + q.Scheduled + q.Retry + q.Archived }

// AccountInUseError is returned for an account that cannot be removed.
type AccountInUseError struct{ Use AccountUse }

func (e *AccountInUseError) Error() string {
	return fmt.Sprintf("account %s is not removed: %s", e.Use.Account, strings.Join(e.Use.reasons(), "; "))
}

// reasons are why the account cannot be removed, with what to do; none if it can.
func (u AccountUse) reasons() []string {
	var all []string
	for _, r := range []struct {
		holds bool
		text  string
	}{
		{u.Workers > 0, fmt.Sprintf("workers that serve it: %d (take it out of their settings, or stop them; one that was killed is missed after a minute)", u.Workers)},
		{u.Unfinished > 0, fmt.Sprintf("campaigns that have not ended: %d (octoq list)", u.Unfinished)},
		{u.Dead > 0, fmt.Sprintf("dead campaigns: %d (octoq dead ls; replay or purge them)", u.Dead)},
		{u.Schedules > 0, fmt.Sprintf("schedules: %d (octoq schedule rm)", u.Schedules)},
		{u.Orphans, "tickets that a worker still has to delete at Octopush"},
		{u.Waiting > 0, fmt.Sprintf("tasks that wait: %d (--cancel-queued ends campaigns that no worker has touched)", u.Waiting)},
	} {
		if r.holds {
			all = append(all, r.text)
		}
	}
	return all
}

// CheckRemovable fails with an AccountInUseError for an account that cannot be removed, and
// with campaign.ErrNotFound for one that is not listed. Campaigns that no worker has
// touched are none of the reasons where they are to be cancelled first.
func (d *Service) CheckRemovable(ctx context.Context, account string, cancelQueued bool) error {
	if !campaign.ValidAccount(account) {
		return fmt.Errorf("account %s: %w", account, campaign.ErrNotFound)
	}
	listed, err := d.ledger.HasAccount(ctx, account)
	if err != nil {
		return err
	}
	if !listed {
		return fmt.Errorf("account %s: %w", account, campaign.ErrNotFound)
	}
	return d.checkUnused(ctx, account, cancelQueued)
}

func (d *Service) checkUnused(ctx context.Context, account string, cancelQueued bool) error {
	u, err := d.accountUse(ctx, account)
	if err != nil {
		return err
	}
	if cancelQueued {
		u.Waiting = 0
	}
	if len(u.reasons()) > 0 {
		return &AccountInUseError{Use: u}
	}
	return nil
}

// RemoveAccount takes an account out of all lists, unless it is in use. What keeps its
// campaigns from being sent again stays: their records until they expire, tombstones, and
// what is known of Redis; opt-outs, rules, budgets and a hold stay, too, and hold again
// once a producer enqueues into the account or a worker serves it, which lists it again.
func (d *Service) RemoveAccount(ctx context.Context, account string) error {
	if err := d.CheckRemovable(ctx, account, false); err != nil {
		return err
	}
	if err := d.ledger.Unlist(ctx, account); err != nil {
		return err
	}
	// What has come since the look was listed before, so it may be listed no more.
	if err := d.checkUnused(ctx, account, false); err != nil {
		return errors.Join(err, d.ledger.Announce(context.WithoutCancel(ctx), account))
	}
	d.noted(ctx, Note{Action: "account.rm", Account: account})
	return nil
}
