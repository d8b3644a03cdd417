// Package accessstore keeps users, tokens and the audit log in Redis, for
// internal/access, which decides what they mean. Each change is decided on a directory
// that was read, and one script writes it together with its line in the audit log, if
// the directory is still the one that was read.
//
// What takes rights away waits until Redis confirms that it keeps that. A DirectoryCache serves
// requests: what it answers is 5 seconds old at most, and an error when Redis is away.
package accessstore
