// Package proctest gives tests real processes: programs built from this module
// or from one it depends on, run until they are stopped, killed or frozen, with
// everything they write kept in a file. What they mean is left to the tests.
package proctest
