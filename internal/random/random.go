// Package random makes the names that have to be unlike any other: of writes, of
// tasks, of processes and of what they reserve.
package random

import (
	"crypto/rand"
	"strings"
)

// Token is 80 random bits as 16 of a-z 2-7, so that it may be part of any name
// that octoq gives.
func Token() string {
	const letters = 16 // of five bits each
	return strings.ToLower(rand.Text()[:letters])
}
