package budget

import (
	"cmp"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// StricterRules are what both demand.
func StricterRules(a, b Rules) Rules {
	a, b = a.Normal(), b.Normal()
	a.Confirm, a.ApproveBy = cmp.Or(a.Confirm, b.Confirm), cmp.Or(a.ApproveBy, b.ApproveBy)
	a.ApproveAbove = lower(a.ApproveAbove, b.ApproveAbove)
	a.ApproveAboveContacts = lower(a.ApproveAboveContacts, b.ApproveAboveContacts)
	a.Window = bothWindows(a.Window, b.Window)
	return a
}

// bothWindows are the windows of both; one that is named by both counts once.
func bothWindows(a, b string) string {
	var all []string
	for _, text := range []string{a, b} {
		for _, w := range Windows(text) {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, windowsAnd)
}

// windowsAnd divides windows that hold together.
const windowsAnd = " & "

// Windows are the windows of a rule, all of which hold. Each is one for
// campaign.ParseWindow.
func Windows(rule string) []string {
	var all []string
	for w := range strings.SplitSeq(rule, windowsAnd) {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, w)
		}
	}
	return all
}

// lower is the lower of two bounds, of which 0 is none.
func lower[T campaign.Money | int](a, b T) T {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	default:
		return min(a, b)
	}
}

// Stricter are the budgets of two lists. Of two with one name that bound the same
// campaigns in the same periods it is one, with the lower bounds and the stricter way to
// go on. Of two that do not, both hold: the second as NAME-2.
func Stricter(a, b []Budget) []Budget {
	all := map[string]Budget{}
	for _, one := range slices.Concat(a, b) {
		one = one.WithDefaults()
		name := one.Name
		for known, taken := all[one.Name]; taken; known, taken = all[one.Name] {
			if merged, same := stricterOf(known, one); same {
				one = merged
				break
			}
			one.Name = another(one.Name, name)
		}
		all[one.Name] = one
	}
	var list []Budget
	for _, one := range all {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Budget) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// another is the name that follows on a name which is taken: team, team-2, team-2-2.
func another(taken, name string) string {
	const suffix, longest = "-2", 32
	if len(taken)+len(suffix) > longest {
		taken = name[:min(len(name), longest/2)]
	}
	return taken + suffix
}

// stricterOf is one budget in the place of two; same is false where they bound other
// campaigns, or other periods.
func stricterOf(a, b Budget) (one Budget, same bool) {
	if a.Label != b.Label || a.Per != b.Per || a.Zone != b.Zone {
		return Budget{}, false
	}
	a.Amount, a.Contacts = min(a.Amount, b.Amount), lower(a.Contacts, b.Contacts)
	order := []Over{OverAsk, OverWait, OverDead}
	if slices.Index(order, b.Over) > slices.Index(order, a.Over) {
		a.Over = b.Over
	}
	return a, true
}
