// Package result says what a report of Octopush's means: which words of its status are
// final, and what the reports of a campaign come to.
package result
