package campaign

import (
	"cmp"
	"maps"
	"strings"
	"time"
)

// field is one field of a campaign: its name in JSON and CSV, and where it lives.
type field struct {
	name string
	// at returns a pointer to the field: *string, *bool, **bool, *time.Time,
	// *Money or *map[string]string.
	at func(*Campaign) any
}

// fields is the one table that every reader of campaigns goes by.
//
//nolint:gochecknoglobals // never changed: a constant, if Go had constant arrays
var fields = [...]field{
	{"id", func(c *Campaign) any { return &c.ID }},
	{"account", func(c *Campaign) any { return &c.Account }},
	{"list_name", func(c *Campaign) any { return &c.ListName }},
	{"tag_name", func(c *Campaign) any { return &c.TagName }},
	{"text", func(c *Campaign) any { return &c.Text }},
	{"type", func(c *Campaign) any { return &c.Type }},
	{"purpose", func(c *Campaign) any { return &c.Purpose }},
	{"sender", func(c *Campaign) any { return &c.Sender }},
	{"send_at", func(c *Campaign) any { return &c.SendAt }},
	{"with_replies", func(c *Campaign) any { return &c.WithReplies }},
	{"auto_optimize_text", func(c *Campaign) any { return &c.AutoOptimizeText }},
	{"auto_remove_blacklisted_numbers", func(c *Campaign) any { return &c.AutoRemoveBlacklistedNumbers }},
	{"simulation_mode", func(c *Campaign) any { return &c.SimulationMode }},
	{"recipient_tracking", func(c *Campaign) any { return &c.RecipientTracking }},
	{"segmentation", func(c *Campaign) any { return &c.Segmentation }},
	{"not_before", func(c *Campaign) any { return &c.NotBefore }},
	{"expires_at", func(c *Campaign) any { return &c.ExpiresAt }},
	{"late", func(c *Campaign) any { return &c.Late }},
	{"window", func(c *Campaign) any { return &c.Window }},
	{"confirm", func(c *Campaign) any { return &c.Confirm }},
	{"max_cost", func(c *Campaign) any { return &c.MaxCost }},
	{"labels", func(c *Campaign) any { return &c.Labels }},
}

// labelPrefix begins the name of a single label: labels.shop.
const labelPrefix = "labels."

// Fields lists the names of a campaign's fields in JSON and CSV. Beside them,
// Builder.Set and the columns of a CSV file know labels.NAME for one label.
func Fields() []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	return names
}

// fieldNamed is the place of a name in the table, -1 if it is not in it.
func fieldNamed(name string) int {
	for i := range fields {
		if fields[i].name == name {
			return i
		}
	}
	return -1
}

// Same reports whether two campaigns ask for the same: all fields but id and
// account are equal, however they are spelled (see Normal).
func (c Campaign) Same(other Campaign) bool { return len(c.Differences(other)) == 0 }

// Differences lists the fields, id and account aside, in which two campaigns differ.
func (c Campaign) Differences(other Campaign) []string {
	if len(c.unlike(other)) == 0 { // mostly: to make both normal is slow
		return nil
	}
	return c.Normal().unlike(other.Normal())
}

// unlike lists the fields, id and account aside, that are not spelled alike.
func (c Campaign) unlike(other Campaign) []string {
	var names []string
	for i := range fields {
		f := &fields[i]
		if f.name != "id" && f.name != "account" && !sameValue(f.at(&c), f.at(&other)) {
			names = append(names, f.name)
		}
	}
	return names
}

// sameValue compares what two pointers of the field table point to.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case *string:
		return *a == *b.(*string)
	case *bool:
		return *a == *b.(*bool)
	case **bool:
		other := *b.(**bool)
		return *a == other || *a != nil && other != nil && **a == *other
	case *time.Time:
		return a.Equal(*b.(*time.Time))
	case *Money:
		return *a == *b.(*Money)
	case *map[string]string:
		return maps.Equal(*a, *b.(*map[string]string))
	default:
		return false
	}
}

// UnknownField is the fault of a field that campaigns do not have. It names
// the field that was probably meant: the API ignores a misspelt name silently
// and sends all the same (doc).
func UnknownField(name string) Fault {
	problem := "is no field of a campaign"
	if name == "request_id" {
		problem = "is octoq's own: give your idempotency key as id"
	} else if meant := nearest(name); meant != "" {
		problem += "; did you mean " + meant + "?"
	}
	return Fault{Field: printable(name), Problem: problem}
}

// NearestField is the field whose name is close to one that is none, "" if none
// is: it was probably meant.
func NearestField(name string) string { return nearest(name) }

func nearest(name string) string {
	return cmp.Or(Nearest(name, Fields()), heldBy(plain(name)))
}

// heldBy is the field whose name stands in the given one, as in max_cost_eur or
// "send_at (Paris)". Shorter names than these stand in many words.
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
