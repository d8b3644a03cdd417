package budget

import (
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// AccountPolicy is what holds for the campaigns of an account.
type AccountPolicy struct {
	// Revision is raised by each change. An account that never had a policy has 0.
	Revision int64
	Rules    Rules
	Budgets  []Budget // by name
}

// Demands reports whether there is any rule or budget.
func (p AccountPolicy) Demands() bool { return p.Rules != (Rules{}) || len(p.Budgets) > 0 }

// Find is the budget of a name.
func (p AccountPolicy) Find(name string) (Budget, bool) {
	i := slices.IndexFunc(p.Budgets, func(b Budget) bool { return b.Name == name })
	if i < 0 {
		return Budget{}, false
	}
	return p.Budgets[i], true
}

// Counter names what is counted together.
type Counter = campaign.BudgetCounter

// Share is what a ticket has reserved in one budget. It stays in the period of the first
// claim of the ticket's confirm.
type Share struct {
	Counter
	Cost     campaign.Money `json:"cost"`
	Contacts int            `json:"contacts"`
}

// Spent is what a counter has: of campaigns that were sent, and of those whose confirm
// is under way or was not answered.
type Spent struct {
	Used, Reserved                 campaign.Money
	UsedContacts, ReservedContacts int
}

// PolicyStanding is the policy of an account with the counters that its next decision needs,
// as they were last known.
type PolicyStanding struct {
	AccountPolicy
	Spent map[Counter]Spent
}

// Limit is what a counter may come to. Start and End bound the moments in which something
// new may be reserved there; zero: any.
type Limit struct {
	Budget     Budget
	Start, End time.Time
}

// Full is a budget that has not enough left.
type Full struct {
	Counter
	Budget Budget
	Period Period // zero for the period of a reservation that was made before
	// Whole: the campaign is dearer than all of the budget. Passing: what others have
	// reserved is in the way, and may be given back.
	Whole, Passing bool
}

// Wish is what a campaign would reserve.
type Wish struct {
	Labels   map[string]string
	Cost     campaign.Money
	Contacts int
	// Have is what its ticket has reserved already, Beyond the counters whose limits a
	// person lets it exceed.
	Have   []Share
	Beyond []Counter
}

// Reservation is what the claim of a confirm reserves: all shares of its ticket.
type Reservation struct {
	Shares []Share
	// Full are the budgets that have not enough left, in which case nothing may be
	// reserved.
	Full []Full
}

// Covered reports whether a budget counts campaigns with these labels.
func (s *PolicyStanding) Covered(labels map[string]string) bool {
	if s == nil {
		return false
	}
	return slices.ContainsFunc(s.Budgets, func(b Budget) bool {
		_, covers := b.Covers(labels)
		return covers
	})
}

// Counters are those that a decision on a campaign at a moment needs.
func (p AccountPolicy) Counters(labels map[string]string, have []Share, at time.Time) []Counter {
	var all []Counter
	for _, s := range have {
		all = append(all, s.Counter)
	}
	for _, b := range p.Budgets {
		value, covers := b.Covers(labels)
		period, err := b.Period(at)
		c := Counter{Budget: b.Name, Value: value, Period: period.Key}
		if covers && err == nil && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// Reserve is what the claim of a confirm at a moment reserves. What a ticket has reserved
// before stays where it is, and never shrinks: an earlier confirm that was not answered
// may have been carried out at its price.
func (s *PolicyStanding) Reserve(w Wish, at time.Time) Reservation {
	claim := Reservation{Shares: slices.Clone(w.Have)}
	if s == nil {
		return claim
	}
	for _, b := range s.Budgets {
		value, covers := b.Covers(w.Labels)
		period, err := b.Period(at)
		if !covers || err != nil {
			continue
		}
		i := slices.IndexFunc(claim.Shares, func(h Share) bool { return h.Budget == b.Name && h.Value == value })
		if i < 0 {
			i = len(claim.Shares)
			claim.Shares = append(claim.Shares, Share{Counter: Counter{Budget: b.Name, Value: value, Period: period.Key}})
		}
		share := &claim.Shares[i]
		before := *share
		share.Cost, share.Contacts = max(share.Cost, w.Cost), max(share.Contacts, w.Contacts)
		if full, is := s.full(b, before, *share); is && !slices.Contains(w.Beyond, share.Counter) {
			if full.Period = period; share.Period != period.Key {
				full.Period = Period{Key: share.Period}
			}
			claim.Full = append(claim.Full, full)
		}
	}
	return claim
}

// full reports whether a budget has not enough left for a share to grow.
func (s *PolicyStanding) full(b Budget, before, after Share) (Full, bool) {
	cost, contacts := after.Cost-before.Cost, after.Contacts-before.Contacts
	has := s.Spent[after.Counter]
	exceeds := func(usedCost campaign.Money, usedContacts int) bool {
		return cost > 0 && usedCost+cost > b.Amount || b.Contacts > 0 && contacts > 0 && usedContacts+contacts > b.Contacts
	}
	if !exceeds(has.Used+has.Reserved, has.UsedContacts+has.ReservedContacts) {
		return Full{}, false
	}
	// The ticket's own reservation is not in its way.
	own := exceeds(before.Cost, before.Contacts)
	return Full{
		Counter: after.Counter, Budget: b, Whole: own,
		Passing: !exceeds(has.Used+before.Cost, has.UsedContacts+before.Contacts),
	}, true
}

// LimitOf is what a counter may come to; ok is false where its budget is gone.
func (s *PolicyStanding) LimitOf(c Counter) (l Limit, ok bool) {
	if s == nil {
		return Limit{}, false
	}
	b, ok := s.Find(c.Budget)
	if !ok {
		return Limit{}, false
	}
	l.Budget = b
	if p, named := b.PeriodNamed(c.Period); named {
		l.Start, l.End = p.Start, p.End
	}
	return l, true
}

// Add is the standing with a counter changed, for callers that keep counters in memory.
func (s PolicyStanding) Add(c Counter, by Spent) PolicyStanding {
	s.Spent = maps.Clone(s.Spent)
	if s.Spent == nil {
		s.Spent = map[Counter]Spent{}
	}
	has := s.Spent[c]
	has.Used, has.Reserved = has.Used+by.Used, has.Reserved+by.Reserved
	has.UsedContacts, has.ReservedContacts = has.UsedContacts+by.UsedContacts, has.ReservedContacts+by.ReservedContacts
	s.Spent[c] = has
	return s
}
