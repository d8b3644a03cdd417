// Package conformance runs octoq's clients in other languages, of the folder clients,
// against a real octoq web, worker and simulator: each of them plays the checks of
// clients/conformance.md and prints a line for each.
//
//	make conformance
//
// installs what they need and runs it.
package conformance
