package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// decodeRevision reads the revision of a policy; an account without one has none.
func decodeRevision(text string) (*budget.PolicyStanding, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no policy is no error
	}
	revision, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("unexpected answer of a script: %w", err)
	}
	return &budget.PolicyStanding{AccountPolicy: budget.AccountPolicy{Revision: revision}}, nil
}

// addPolicy completes a moment by the account's policy, and by the counters that the
// next decision on a record needs; nil is for none of them. An account without a policy
// costs nothing.
func (s *Store) addPolicy(ctx context.Context, account string, m *record.Snapshot, r *record.Record) error {
	if m.Policy == nil {
		return nil
	}
	policy, err := s.policy(ctx, account, m.Policy.Revision)
	if err != nil {
		return err
	}
	standing := budget.PolicyStanding{AccountPolicy: policy}
	if r != nil && r.Campaign.ID != "" {
		counters := policy.Counters(r.Campaign.Labels, r.Reserved, m.Now)
		if standing.Spent, err = spentIn(ctx, s.rdb, account, counters); err != nil {
			return err
		}
	}
	m.Policy = &standing
	return nil
}

// carried is the policy of a moment that a commit returns: the one that the change was
// decided on, counters and all, if it is still in force. Where it is not, the next
// decision finds none, and the write that depends on it is refused.
func carried(decided, inForce *budget.PolicyStanding) *budget.PolicyStanding {
	if decided == nil || inForce == nil || decided.Revision != inForce.Revision {
		return nil
	}
	return decided
}

// policy is what holds in the account, read again where the revision is another one.
func (s *Store) policy(ctx context.Context, account string, revision int64) (budget.AccountPolicy, error) {
	if known, ok := s.policies.Load(account); ok && known.(budget.AccountPolicy).Revision == revision {
		return known.(budget.AccountPolicy), nil
	}
	hash, err := s.rdb.HGetAll(ctx, key.Policy(account)).Result()
	if err != nil {
		return budget.AccountPolicy{}, fmt.Errorf("read the rules and budgets of account %s: %w", account, err)
	}
	stored, err := budget.ParsePolicy(hash)
	if err != nil {
		return budget.AccountPolicy{}, fmt.Errorf("account %s: %w", account, err)
	}
	policy := stored.InForce()
	s.policies.Store(account, policy)
	return policy, nil
}

// spentIn reads counters of budgets. One that is not there has counted nothing.
func spentIn(ctx context.Context, rdb redis.UniversalClient, account string, counters []budget.Counter) (map[budget.Counter]budget.Spent, error) {
	if len(counters) == 0 {
		return nil, nil //nolint:nilnil // nothing was asked
	}
	pipe := rdb.Pipeline()
	read := make([]*redis.SliceCmd, len(counters))
	for i, c := range counters {
		read[i] = pipe.HMGet(ctx, key.Spent(account, c.Budget, c.Period), budget.SpentFields(c.Value)...)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("read what the budgets of account %s have spent: %w", account, err)
	}
	spent := map[budget.Counter]budget.Spent{}
	for i, c := range counters {
		one, err := budget.ParseSpent(read[i].Val())
		if err != nil {
			return nil, fmt.Errorf("read what budget %s of account %s has spent: %w", c.Budget, account, err)
		}
		spent[c] = one
	}
	return spent, nil
}

// policyOf is the revision that a change has to find in force, "" for any.
func policyOf(ch record.Change) string {
	switch {
	case !ch.NeedsPolicy():
		return ""
	case ch.Policy == nil:
		return "0"
	default:
		return strconv.FormatInt(ch.Policy.Revision, 10)
	}
}

// bookings are the items that a change's bookings are to the commit script, and the keys
// of their counters.
func bookings(ch record.Change) (items, keys []string, err error) {
	account, list := ch.After.Account(), ch.Bookings()
	full := ch.FoundFull()
	for _, c := range full {
		if !slices.ContainsFunc(list, func(b record.Booking) bool { return b.Counter == c }) {
			list = append(list, record.Booking{Counter: c})
		}
	}
	for _, b := range list {
		one, err := booking(ch, b, slices.Contains(full, b.Counter))
		if err != nil {
			return nil, nil, err
		}
		items, keys = append(items, one...), append(keys, key.Spent(account, b.Budget, b.Period))
	}
	return items, keys, nil
}

// hadReserved reports whether the ticket had reserved something there before the change:
// it stays there, whatever the time.
func hadReserved(ch record.Change, c budget.Counter) bool {
	return ch.Before != nil && ch.Before.Ticket == ch.After.Ticket &&
		slices.ContainsFunc(ch.Before.Reserved, func(s budget.Share) bool { return s.Counter == c })
}

// booking is one booking for the commit script. Limits bind the claim of a confirm
// alone: what was sent counts, whatever it comes to.
func booking(ch record.Change, b record.Booking, full bool) ([]string, error) {
	n := func(i int64) string { return strconv.FormatInt(i, 10) }
	items := []string{
		b.Value, n(int64(b.By.Reserved)), n(int64(b.By.ReservedContacts)), n(int64(b.By.Used)), n(int64(b.By.UsedContacts)),
	}
	limit, known := ch.Policy.LimitOf(b.Counter)
	if !known {
		return append(items, "", "", "", "", "", "", "", ""), nil
	}
	start, end, enforced, least := "", "", "", ""
	if claims(ch) && ch.NeedsPolicy() && !slices.Contains(ch.After.Beyond, b.Counter) {
		enforced = "1"
	}
	if !limit.Start.IsZero() && !hadReserved(ch, b.Counter) {
		start, end = n(limit.Start.UnixMilli()), n(limit.End.UnixMilli())
	}
	if full {
		least = "2"
	}
	items = append(items, n(int64(limit.Budget.Amount)), strconv.Itoa(limit.Budget.Contacts), enforced, start, end, least)
	for _, t := range []event.Type{event.BudgetWarned, event.BudgetReached} {
		text, err := json.Marshal(event.OfBudget(ch.After.Account(), t, limit.Budget, b.Counter))
		if err != nil {
			return nil, fmt.Errorf("write an event of budget %s: %w", b.Budget, err)
		}
		items = append(items, string(text))
	}
	return items, nil
}
