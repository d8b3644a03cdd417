package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/internal/input"
)

// unread is a name that looks like a setting's, and that nothing reads.
type unread struct{ name, meant string }

func (u unread) String() string {
	if u.meant == "" {
		return u.name + " is read by nothing"
	}
	return u.name + " is read by nothing: did you mean " + u.meant + "?"
}

// unreadVariables are those of an environment that look like settings and are read
// by nothing, by name.
func unreadVariables(environ []string) []unread {
	read := []string{"OCTOQ_CONFIG", "OCTOQ_VERSION", "OCTOQ_WEB_PORT", "OCTOQ_API_KEY_PATH"} // by load and by the compose file
	for _, s := range settings() {
		read = append(read, s.variable())
	}
	var found []unread
	for _, pair := range environ {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, envPrefix) && !slices.Contains(read, name) {
			found = append(found, unread{name, input.Nearest(name, read)})
		}
	}
	slices.SortFunc(found, func(a, b unread) int { return strings.Compare(a.name, b.name) })
	return found
}

// checkKeys refuses keys of the config file that nothing reads: a misspelt limit
// would be no limit.
func checkKeys(k *koanf.Koanf, file string) (faults []error) {
	for _, key := range k.Keys() {
		hint, ok := keyHint(key)
		if !ok {
			faults = append(faults, fmt.Errorf("config file %s: unknown key %s%s", file, key, hint))
		}
	}
	return faults
}

// keyHint reports whether a key of the config file is read, and what was meant if it
// is not.
func keyHint(key string) (hint string, ok bool) {
	prefix, field := "", key
	if rest, ofAccount := strings.CutPrefix(key, "accounts."); ofAccount {
		name, own, _ := strings.Cut(rest, ".")
		prefix, field = "accounts."+name+".", own
	}
	read := []string{budgetsKey}
	for _, s := range settings() {
		if prefix == "" || s.account {
			read = append(read, s.name)
		}
	}
	meant := input.Nearest(field, read)
	switch {
	case slices.Contains(read, field):
		return "", true
	case known(field):
		return ": " + field + " is one for all accounts and stands at the top of the file", false
	case meant == "":
		return "", false
	default:
		return ": did you mean " + prefix + meant + "?", false
	}
}
