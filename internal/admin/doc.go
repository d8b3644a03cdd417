// Package admin is what operators do by hand: read, edit, replay and purge dead
// letters, set and lift holds. It works through the same records, letters and
// holds as the workers, under the same rules, and needs no worker to run; what
// only a worker does (the replay itself, a cancel at the API) is left to one.
package admin
