// Package lifecycle holds the rules about a campaign's life that several parts of
// octoq go by: whether Redis may have forgotten an earlier life of it, how late it
// may still be created, and how a dead one is replayed. It is pure: it decides from
// a record and the moment in which that was read, and knows neither Redis nor the
// API.
package lifecycle
