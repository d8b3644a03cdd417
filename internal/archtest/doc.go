// Package archtest holds the imports of the whole tree against one table: which
// package may import which others, and which third parties it may know. Imports
// go down the diagram of docs/architecture.md, never sideways.
//
// The test parses the files of the working tree itself. A test that asked "go
// list" would be cached and keep passing. The import policy of the linter, in
// .golangci.yml, is written from the same table; after a change of the table
// run
//
//	go test ./internal/archtest -update
//
// The package says nothing about what the code does; it has nothing to offer
// outside its own tests.
package archtest
