// Package dispatch sends events to webhooks. One process at a time does so, under a
// lease. For each webhook it reads the stream of events by a cursor, queues what the
// webhook is for, and sends the first event of each campaign that is due.
//
// What is queued, and what became of it, is written by scripts: a process that is
// killed loses nothing, and what it was sending is sent again by the next process. So
// each event is sent once at least, and those of one campaign in their order; only an
// event that comes a second time may come behind later ones.
package dispatch
