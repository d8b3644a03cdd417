// Package statsstore keeps the figures of accounts in Redis: what campaigns came to by
// minute, hour and day, for longer than the campaigns themselves are kept.
//
// The script that ends a campaign's run appends what it came to to the account's journal
// (key.Figures), one command in the ledger's write. Fold, which the workers' sweep calls
// in each round and Read before it reads, adds the journal up:
//
//	octoq:{a}:figures                 list   what is not added up yet: +|- ms outcome contacts money dimensions
//	octoq:{a}:stats:<per>:<index>     hash   one minute, hour or day; counted from 1970 on
//
// A bucket has a field for each number that is not zero: [dimension[=value]]#outcome.measure,
// dimension and value with % before the code of what divides, money in 1/10,000 euro. A day has besides the
// names of its values, and dimension#values, how many there are; what has no place within the
// limits is counted without its value. Minutes have totals alone.
//
// Taking from the journal and adding is one script, so each entry is counted once.
package statsstore
