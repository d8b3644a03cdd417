// Package access decides who may do what. A Caller is a person who signed in, a program
// with a token, or any user of an octoq without users; grants give it roles, in some
// accounts or in all. The table in rules.go says which role each operation needs. It
// makes passwords and tokens into what is kept of them, and back into a yes or a no.
//
// Where users and tokens are kept is left to package accessstore, and how a request names
// its caller to package web.
package access
