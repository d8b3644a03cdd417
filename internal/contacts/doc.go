// Package contacts adds contacts to a list at Octopush, from a file or a request: it
// checks them, leaves out numbers that have opted out, calls with so many at once, and says of each
// what became of it.
//
// The API has no key by which it would know a call that is repeated; it overwrites a number
// that it has. So what may have been carried out is made again, and a broken-off push
// repeats at most the calls whose answers were not noted.
//
// Files, limits and HTTP are left to others.
package contacts
