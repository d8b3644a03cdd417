package input

import (
	"cmp"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// UnknownField is the fault of a field that campaigns do not have. It names
// the field that was probably meant: the API ignores a misspelt name silently
// and sends all the same (doc).
func UnknownField(name string) campaign.Fault {
	problem := "is no field of a campaign"
	if name == "request_id" {
		problem = "is octoq's own: give your idempotency key as id"
	} else if meant := NearestField(name); meant != "" {
		problem += "; did you mean " + meant + "?"
	}
	return campaign.Fault{Field: printable(name), Problem: problem}
}

// NearestField is the field whose name is close to one that is none, "" if none
// is: it was probably meant.
func NearestField(name string) string {
	return cmp.Or(Nearest(name, Fields()), heldBy(plain(name)))
}

// heldBy is the field whose name is part of the given one, as in max_cost_eur or
// "send_at (Paris)". Shorter names than these are part of many words.
func heldBy(given string) string {
	const shortest = len("sendat")
	found := ""
	for _, known := range Fields() {
		if len(plain(known)) >= shortest && len(known) > len(found) && strings.Contains(given, plain(known)) {
			found = known
		}
	}
	return found
}

// Nearest is the one of some names that is close to the given one, "" if none is: it
// was probably meant. Case and the signs between words do not matter.
func Nearest(name string, names []string) string {
	const longest = 48 // no name comes near it
	if len(name) > longest {
		return ""
	}
	given := plain(name)
	best, least := "", min(2, len(given)/3)+1
	for _, known := range names {
		if d := distance(given, plain(known)); d < least {
			best, least = known, d
		}
	}
	if best == "" {
		best = onlyPrefixed(given, names)
	}
	return best
}

// onlyPrefixed is the one name that begins as given.
func onlyPrefixed(given string, names []string) string {
	found := ""
	for _, known := range names {
		if len(given) >= 3 && strings.HasPrefix(plain(known), given) {
			if found != "" {
				return ""
			}
			found = known
		}
	}
	return found
}

// plain drops what spellings of one name differ in: simulationMode,
// Simulation-Mode, simulation_mode.
func plain(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(name))
}

// distance counts the bytes to insert, delete or replace, and the neighbours to swap,
// to make b of a.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			replace := row[j]
			if a[i] != b[j] {
				replace++
			}
			next[j+1] = min(replace, next[j]+1, row[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
