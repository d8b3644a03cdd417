// Package chaos is a test: real workers, producers and operators' commands on a
// real redis-server and the simulated API, with toxiproxy in between, while
// processes are killed and frozen, connections cut and answers lost. Then the
// faults stop, all that was accepted has to end, and what the API saw, what the
// ledger says, what the queues hold and what producers were told are compared.
//
// `make chaos` runs it, N, SECONDS, SEED and RATE choose how; a short run is
// part of the normal tests. The seed decides which faults come in which order
// and befall whom; processes and machine decide the rest.
package chaos
