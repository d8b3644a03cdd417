// Package bench measures octoq on a Redis, in the same run as what it is
// compared with: plain asynq, written as asynq's documentation shows, and Redis
// fed by raw pipelines. Every measurement ends with a check that each campaign
// was delivered exactly once; without it there is no figure.
//
// It works under accounts of its own and removes them afterwards, so that
// operators can point octoq bench at their own Redis. Comparisons that need
// further dependencies, processes or Redis servers of their own are left to the
// module in bench/, which calls this package for the rest.
package bench
