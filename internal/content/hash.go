package content

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Hash is a hash of all that the campaign asks for: every field but id
// and account, times by the instant they name, 32 hexadecimal digits. Two
// campaigns have the same if Same says so, windows aside, whose spelling counts. Fields without a value do not count,
// so a later octoq, which knows more fields, makes the same hash.
func Hash(c campaign.Campaign) string {
	var lines []string
	for i := range fields {
		f := &fields[i]
		if f.name == "id" || f.name == "account" {
			continue
		}
		if text := canonical(f.at(&c)); text != "" {
			lines = append(lines, f.name+"="+text)
		}
	}
	slices.Sort(lines) // whatever their order in the table
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}

// canonical writes what a pointer of the field table points to in the one way
// that equal values have, "" for no value. No text has a line break.
func canonical(at any) string {
	switch p := at.(type) {
	case *string:
		if *p != "" {
			return strconv.Quote(*p)
		}
	case *bool:
		if *p {
			return "true"
		}
	case **bool:
		if *p != nil {
			return strconv.FormatBool(**p)
		}
	case *time.Time:
		if !p.IsZero() {
			return p.UTC().Format(time.RFC3339Nano)
		}
	case *campaign.Money:
		if *p != 0 {
			return p.String()
		}
	case *map[string]string:
		if len(*p) > 0 {
			b, _ := json.Marshal(*p) // sorted by name; texts cannot fail
			return string(b)
		}
	}
	return ""
}
