// Package queue is asynq as octoq uses it. It puts tasks into queues (Producer),
// takes them out (Server), keeps dead letters (Letters), and looks after what got
// stuck (Inspector). What asynq writes and runs is known by package asynqwire.
//
// octoq does three things that asynq does not. A server waits for a published
// wake-up instead of asking Redis all the time: it is quick when there is work
// and quiet when there is none. A task that was taken from one Redis is
// not acknowledged at another one, or at the same one after a restart: Redis
// may have forgotten what was written in between. Tasks of alerts wait in a list
// beside asynq's, and are taken first. All of it lives in the client that asynq is
// given (serverClient); it recognises asynq's scripts by their keys, and where it
// does not, asynq behaves as it always does.
//
// Producers: read producer_enqueue.go, then producer_prepare.go and
// producer_batch.go. Servers: server.go, then server_client.go, and behind it what
// dequeues, forwards and releases tasks; server_ack.go is how a worker
// acknowledges a task together with its own write.
//
// What a campaign's next step is, and whether a call may be made, is left to
// others: a task is only a wake-up, and it may come twice.
package queue
