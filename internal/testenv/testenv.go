// Package testenv keeps the settings of octoq that a developer has exported, as
// README advises, away from tests. Such a setting names a real Redis and a real
// account: a test that obeys it takes campaigns out of that Redis and confirms
// them at that API.
//
// A program that imports the package has no such variable any more from its start
// on, before any variable of a test package is set. redistest and proctest
// import it, and internal/archtest wants it behind every test package that can see
// the environment at all. The scripts and the Makefile read the same list of
// exceptions, own.txt.
package testenv

import (
	_ "embed" // the exceptions
	"os"
	"slices"
	"strings"
)

// otel begins the names of OpenTelemetry's variables. One that a developer has exported
// would send the spans of tests to a real collector.
const otel = "OTEL_"

// Prefix is what the name of each setting begins with, and of each variable of
// the tests' own.
const Prefix = "OCTOQ_"

//go:embed own.txt
var ownText string

// Own are the variables with the prefix that are the tests' own: they choose how
// much is tested, and no program of octoq reads them.
func Own() []string { return strings.Fields(ownText) }

func init() { //nolint:gochecknoinits // a call can be forgotten, and would come after a test package's own variables
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, otel) || strings.HasPrefix(name, Prefix) && !slices.Contains(Own(), name) {
			_ = os.Unsetenv(name) // fails for an empty name alone
		}
	}
}

// Clean is the environment for a process of octoq: without the tests' own
// variables too, which octoq would call unknown.
func Clean() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, Prefix) || strings.HasPrefix(pair, otel)
	})
}
