// Package random makes the names that have to be unlike any other: of writes, of
// tasks, of processes and of what they reserve.
package random

import (
	"crypto/rand"
	"strings"
)

// Length is how long a Token is.
const Length = 16

// Token is 80 random bits as 16 of a-z 2-7, so that it may be part of any name
// that octoq gives.
func Token() string {
	return strings.ToLower(rand.Text()[:Length]) // letters of five bits each
}
