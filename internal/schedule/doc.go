// Package schedule is the use case of recurring campaigns: it reads cron
// expressions, knows which ticks are due and which were missed, renders a
// schedule's template into the campaign of a tick, and has each tick enqueued
// exactly once by any number of workers that do not know of each other.
//
// It leaves to others where schedules are kept (Store) and how a campaign comes
// into its queue (Queue). Time is an argument; the time that counts is Redis's.
package schedule
