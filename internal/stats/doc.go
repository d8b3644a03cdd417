// Package stats says what a campaign counts as in the figures of its account, and adds
// figures up. It is pure: package ledger writes what it says with the record's change,
// package statsstore keeps the sums.
//
// A campaign is counted when a run of it ends: as sent, simulated, cancelled, dead, or
// as unknown where it may have been sent. Contacts and money are those of what was sent,
// or may have been. A dead campaign that is replayed is moved from what it counted as to
// what its next run comes to, once that has ended. One exception: what was unknown when
// a person had another ticket made by force stays, since both tickets may cost money.
package stats
