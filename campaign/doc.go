// Package campaign holds the words that producers, embedders and every part of
// octoq share: what a producer asks for and when that is valid, what octoq knows of
// it, which states it may be in, and the errors that callers branch on.
//
// It imports nothing but the standard library and does no I/O. Campaigns are read
// from files by enqueue. Decisions are made in internal/stage; Redis and HTTP live
// in adapters of their own.
package campaign
