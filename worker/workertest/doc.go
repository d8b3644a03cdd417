// Package workertest takes campaigns all the way in a test: it runs a real
// worker against a simulated Octopush API and an embedded Redis (miniredis), or
// a Redis that the test brings.
//
//	kit := enqueuetest.New(t)
//	w := workertest.Start(t, workertest.Config{Redis: kit.Redis()})
//	shop.New(kit.Client()).AnnounceSale(ctx)
//	record := w.Await(t, kit.Client(), "sale-spring")
//	if record.State != campaign.StateSent || w.ConfirmCount("customers") != 1 { ... }
//
// The API answers as the documentation says, sends nothing to anybody, and
// fails on demand (Fault). Limits are off and waits are short. What the API did
// is asked of the Kit and not of the records: that is the point of a simulated
// API.
package workertest
