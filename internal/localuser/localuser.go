// Package localuser names the user of this process on its machine, the actor where
// no user has signed in.
package localuser

import (
	"os"
	"os/user"

	"github.com/octoq/octoq/internal/actor"
)

// Name is such as "system:root@host".
func Name() string {
	name, host := "unknown", "unknown"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil && h != "" {
		host = h
	}
	full := "system:" + name + "@" + host
	return full[:min(len(full), actor.MaxLength)]
}
