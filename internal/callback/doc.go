// Package callback takes what Octopush reports: what became of each message, replies and
// opt-outs. Octopush sends them unsigned to an address of the account, so the address
// holds a secret.
//
// It reads them however they are written, since several forms are documented or were
// seen, and hands them on in one. What is kept of them is up to its Store.
package callback
