package stage

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// setPolicy puts rules and budgets in force.
func (f *fakeRedis) setPolicy(account string, p budget.AccountPolicy) {
	f.writing()
	if f.policy != nil {
		p.Revision = f.policy.Revision
	}
	p.Revision++
	f.policy = &p
	if f.real != nil {
		f.real.setPolicy(account, p)
	}
}

// standing is the policy of a moment in which a record is read.
func (f *fakeRedis) standing(rec record.Record, there bool) *budget.PolicyStanding {
	if f.policy == nil {
		return nil
	}
	s := &budget.PolicyStanding{AccountPolicy: *f.policy}
	if !there {
		return s
	}
	for _, c := range f.policy.Counters(rec.Campaign.Labels, rec.Reserved, f.clock.Now()) {
		if s.Spent == nil {
			s.Spent = map[budget.Counter]budget.Spent{}
		}
		s.Spent[c] = f.spent[c]
	}
	return s
}

// carried is the policy of the moment that a commit returns.
func (f *fakeRedis) carried(ch record.Change) *budget.PolicyStanding {
	if ch.Policy == nil || f.policy == nil || ch.Policy.Revision != f.policy.Revision {
		return nil
	}
	return ch.Policy
}

// withinPolicy reports whether a change was decided on the policy in force, and reserves
// no more than there is.
func (f *fakeRedis) withinPolicy(ch record.Change) bool {
	var decided, inForce int64
	if ch.Policy != nil {
		decided = ch.Policy.Revision
	}
	if f.policy != nil {
		inForce = f.policy.Revision
	}
	switch {
	case !ch.NeedsPolicy() || f.planted == "read before the claim":
		return true
	case decided != inForce:
		return false
	case ch.After.Claim == nil || f.policy == nil:
		return true
	}
	for _, b := range ch.Bookings() {
		limit, known := ch.Policy.LimitOf(b.Counter)
		has := f.spent[b.Counter]
		isNew := ch.Before == nil || !slices.ContainsFunc(ch.Before.Reserved, func(s budget.Share) bool { return s.Counter == b.Counter })
		switch now := f.clock.Now(); {
		case !known || slices.Contains(ch.After.Beyond, b.Counter):
		case b.By.Reserved > 0 && has.Used+has.Reserved+b.By.Reserved > limit.Budget.Amount:
			return false
		case isNew && (now.Before(limit.Start) || !now.Before(limit.End)):
			return false
		}
	}
	return true
}

// book changes the counters as a change does that is written.
func (f *fakeRedis) book(ch record.Change) {
	times := 1
	for _, b := range ch.Bookings() {
		switch back := b.By.Reserved < 0 && b.By.Used == 0; {
		case back && f.planted == "given back twice":
			times = 2
		case back && f.planted == "kept for what certainly was not sent":
			times = 0
		}
		for range times {
			f.addSpent(b.Counter, b.By)
		}
	}
}

func (f *fakeRedis) addSpent(c budget.Counter, by budget.Spent) {
	f.spent = maps.Clone(f.spent)
	f.spent = (budget.PolicyStanding{Spent: f.spent}).Add(c, by).Spent
}

// othersSpend is what other campaigns of the account reserve, or give back.
func (f *fakeRedis) othersSpend(account string, c budget.Counter, by campaign.Money) {
	f.writing()
	f.addSpent(c, budget.Spent{Reserved: by})
	if f.real != nil {
		f.real.kept = nil
		f.real.check("spend", f.real.rdb.HIncrBy(context.Background(), key.Spent(account, c.Budget, c.Period), c.Value+"/reserved", int64(by)).Err())
	}
}

// setPolicy writes a policy as it is kept.
func (l *realLedger) setPolicy(account string, p budget.AccountPolicy) {
	ctx := context.Background()
	fields, err := budget.StoredPolicy{Rules: p.Rules, Budgets: p.Budgets}.Fields()
	l.check("write a policy", err)
	fields[budget.RevisionField] = strconv.FormatInt(p.Revision, 10)
	pipe := l.rdb.TxPipeline()
	pipe.Del(ctx, key.Policy(account))
	pipe.HSet(ctx, key.Policy(account), fields)
	pipe.HSet(ctx, key.Meta(account), "policy", p.Revision)
	_, err = pipe.Exec(ctx)
	l.check("write a policy", err)
	l.kept = nil
}
