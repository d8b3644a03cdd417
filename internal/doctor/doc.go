// Package doctor looks for what would lose campaigns or keep them from being
// sent: in Redis's settings, and in what the API says of an account. Each look
// ends in findings, which say what is so, how bad it is, and what to do.
//
// It leaves nothing behind: it writes a key of its own to Redis and removes it,
// publishes where no process listens, asks the API for a balance, and leaves printing
// and exit codes to the command line.
package doctor
