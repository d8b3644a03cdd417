// Command bench measures octoq against what it could be built on instead, in one
// run and on Redis servers of its own, and prints the table of what is to be
// reached: rows 1 to 6, growth as row 7, alerts as row 8, finished campaigns as row 9, looks at
// many accounts as row 10, HTTP as row 11, and on request what idle accounts cost (accounts) and
// the same job on River and BullMQ (peers).
//
//	go run . -rows 1,2,3,4,5,6,7 -write ../docs/performance.md
//
// Each figure is the median of several runs, in which the sides take turns; a
// measurement that lost a campaign, or delivered one twice, fails and prints
// nothing. Machines are shared and noisy, so every table says on what it was
// taken, and how loaded that was.
//
// It is a module of its own so that the product needs none of its dependencies.
package main
