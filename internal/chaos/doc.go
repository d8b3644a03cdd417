// Package chaos is a test: real workers, producers and operators' commands on a
// real Redis and the simulated API, with toxiproxy in between, while processes are
// killed and frozen, connections cut and answers lost. The Redis is one server, a
// primary with replicas and sentinels, or a cluster; those fail over, have two
// primaries at once, and move slots. Then the faults stop, all that was accepted has
// to end, and what the API saw, what the ledger says, what the queues hold and what
// producers got as answers are compared.
//
// `make chaos` runs it, N, SECONDS, SEED, RATE and REDIS choose how; a short run on
// each kind of Redis is part of the normal tests. The seed decides which faults come
// in which order, and which process they befall; processes and machine decide the rest.
package chaos
