// Package action acts on many campaigns that a filter finds: approve, reject, cancel,
// replay, purge. A plan freezes which campaigns are meant, each as it was seen; carrying
// the plan out acts on those that have not changed since, through the use cases of the
// single acts and under their rules.
//
// A plan becomes an action when it is begun, under the same id. Its place in Redis moves
// on only after each campaign of a batch has its result, and the script that writes a
// campaign marks it as touched, so the process that goes on after a crash knows what was done.
package action
