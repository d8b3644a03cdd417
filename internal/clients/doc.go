// Package clients has Octopush's own clients, which were written for the real
// API, judge what `octoq simulate` answers.
//
// What each client sends, what the simulator answers and what the client makes of
// that is a table of facts, in testdata. The table is always played by plain HTTP.
//
//	make clients CLIENTS_DIR=folder
//
// has the real clients make the same calls, from checkouts in a folder of the
// developer's: their code is no part of this module. testdata has a small program
// for each that drives it by its public methods.
package clients
