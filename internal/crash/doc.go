// Package crash holds the crash-point tests: a worker is stopped dead before
// and after each of its writes and calls, another one takes over, and in the
// end every campaign is where it belongs.
//
// The points are not typed by hand. Each scenario is first run on a Redis of
// its own, through whose client and API every command and call of the worker
// passes; Redis itself reports which commands changed something. So a new write,
// also one of asynq's, becomes a point by being made.
//
// There is nothing but tests in it.
package crash
