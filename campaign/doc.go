// Package campaign holds the words that every part of octoq shares: what a
// producer asks for, what the ledger remembers of it, which states it may pass
// through, and what one call to the API can teach.
//
// It imports nothing but the standard library and does no I/O. Decisions are
// made in internal/stage; Redis and HTTP live in adapters of their own.
package campaign
