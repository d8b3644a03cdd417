// Package manual makes the pages of the manual (man octoq-enqueue) from the commands
// themselves: from the texts, flags and settings of which their help is made.
package manual
