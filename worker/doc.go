// Package worker takes campaigns from Redis through Octopush's API. It is what
// `octoq worker` runs, and can be embedded in a program of one's own:
//
//	w, err := worker.New(worker.Config{RedisURL: url, Accounts: accounts, Logger: log})
//	if err != nil { ... }
//	err = w.Run(ctx) // until ctx ends; nil on a clean stop
//
// Any number of workers may run against one Redis. They share the limits of
// each account, hand work over when one of them dies, and never confirm a
// campaign twice; docs/delivery.md says how.
//
// The package is what an embedder has a use for: it fills in the defaults of the
// configuration and refuses what makes no sense. What runs is internal/engine.
package worker
