// Package content compares what campaigns ask for: whether two are the same, however they
// are spelled, and by which hash one is recognized later.
package content
