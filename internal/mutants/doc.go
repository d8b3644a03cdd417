// Package mutants shows that the tests of octoq's guarantees can fail. Each
// file in testdata is one mistake that a careless developer could make, in the
// code or in a script, with the test that has to notice it.
//
//	make chaos-mutants                 make each mistake, and see its test fail
//	make chaos-mutants MUTANT=no-sweep make that one
//
// The tree itself is never changed: go test -overlay puts the mistaken files in
// the place of the right ones, also where a test builds the program itself. A
// cheap test in the usual suite sees to it that each mistake can still be made.
//
// A file begins with lines of a name, a colon and a value, and goes on with
// what to change:
//
//	why: what the mistake is, and what it would lead to
//	package: the package of the test
//	run: the pattern of go test -run
//	env: variables for it, as NAME=value; may be left out, or stand there twice
//
//	=== the/file/to/change.go
//	--- old
//	a text that stands there exactly once, in whole lines
//	--- new
//	what stands there instead; empty lines at its end do not count
package mutants
