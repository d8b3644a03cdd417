// Package memredis is the Redis in memory (miniredis) that demo, test kits and
// tests run on. miniredis has no INFO that names its run, and octoq takes no
// tasks from a Redis whose run it does not know: here it gets one.
package memredis

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// Start starts a miniredis that gives a run_id; it is to be closed.
func Start() (*miniredis.Miniredis, error) {
	m, err := miniredis.Run()
	if err == nil {
		Identify(m)
	}
	return m, err
}

// RunT is Start for a test, with which it ends.
func RunT(t miniredis.Tester) *miniredis.Miniredis {
	m := miniredis.RunT(t)
	Identify(m)
	return m
}

// Identify lets a miniredis that was started give a run_id, which stays the same
// until it is closed. It takes the place of miniredis' pre-hook, and so does
// SetError take its place.
func Identify(m *miniredis.Miniredis) {
	sections := map[string]string{
		"server":      "# Server\r\nrun_id:" + id() + "\r\n",
		"replication": "# Replication\r\nrole:master\r\nmaster_replid:" + id() + "\r\n",
	}
	m.Server().SetPreHook(func(c *server.Peer, command string, args ...string) bool {
		if command != "INFO" || len(args) != 1 {
			return false
		}
		text, known := sections[strings.ToLower(args[0])]
		if known {
			c.WriteBulk(text)
		}
		return known
	})
}

// id is 40 random hexadecimal digits, as Redis makes them.
func id() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
