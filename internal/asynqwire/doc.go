// Package asynqwire has all that octoq knows of asynq's bytes and scripts: the
// keys of a queue, the fields of a stored message, the scripts that asynq runs,
// and how to write many tasks at once as asynq writes one. Package queue uses it
// and decides what is done when.
//
// asynq publishes none of this, so nothing is taken for granted. A script is
// recognised by its keys, and one that is not recognised runs as asynq wants it.
// What octoq writes by itself is compared with what this version of asynq would
// write; if they differ, the caller goes through asynq's own client. After an
// upgrade of asynq the tests of compatibility_test.go say what has changed.
package asynqwire
