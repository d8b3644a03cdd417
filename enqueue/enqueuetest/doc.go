// Package enqueuetest lets a producer's own tests assert which campaigns it has
// enqueued, without a worker, an API or a Redis to install:
//
//	kit := enqueuetest.New(t)
//	shop := shop.New(kit.Client())
//	shop.AnnounceSale(ctx)
//	got := kit.Only(t)
//	if got.ListName != "customers" { ... }
//
// Behind a Kit is the real client on an embedded Redis of the test's own
// (miniredis), or on one that the test brings, so that what the real one
// refuses is refused here too: invalid campaigns, known ids.
//
// Nothing takes the campaigns further; Advance puts one into any state, for
// tests of what a producer does then. Tests that want campaigns to go all the
// way add worker/workertest.
package enqueuetest
