// Package engine is what one worker process is made of: its connection to Redis,
// and for each account the gate, the hold, the servers of the stages with the
// handler that they call, the script that commits a change, enqueues the next step
// and acknowledges the task, the schedules and the sweep.
//
// It decides nothing about a campaign: the use cases do (internal/stage,
// internal/hold, internal/sweep, internal/schedule), and each of Redis, asynq and
// HTTP has an adapter. The engine gives the use cases the adapters as their ports,
// adds log and metrics, starts everything, and stops it in order.
//
// Package worker is its public face: it has the defaults, checks what users set, and
// hands the engine a [Config] that is complete.
package engine
