// Package budget says what the campaigns of an account may cost, and who has to
// approve them: budgets, rules, periods, and what a confirm reserves.
//
// It is pure: time is an argument, and the counters are given. Where they are kept is
// the business of package ledger, whose script holds a reservation against the limits
// in the moment of the claim.
package budget
