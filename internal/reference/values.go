package reference

import (
	"fmt"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// decimals is how many decimals of an euro an amount may have.
func decimals() int { return len(fmt.Sprint(int64(campaign.Euro))) - 1 }

// Values says in words what the field may hold: its words, form and limits.
func (f Field) Values() string {
	switch f.Type {
	case TypeBoolean:
		return "true or false"
	case TypeTime:
		return fmt.Sprintf("a time with its offset from UTC, of the years %d to %d", campaign.MinYear, campaign.MaxYear)
	case TypeAmount:
		return fmt.Sprintf("euros, 0 or more, with up to %d decimals", decimals())
	case TypeLabels:
		return fmt.Sprintf("a JSON object of up to %d strings, with names of 1 to %d bytes and values of up to %d bytes", campaign.MaxLabels, campaign.MaxLabelName, campaign.MaxLabel)
	case TypeString:
	}
	if f.Words != nil {
		return strings.Join(f.Words, " or ")
	}
	if f.Max == 0 {
		return f.Form
	}
	return strings.TrimSpace(fmt.Sprintf("%d to %d characters %s", f.Min, f.Max, f.Form))
}

// Needed says whether the field has to be there, "" if not.
func (f Field) Needed() string {
	switch {
	case f.Required:
		return "required"
	case f.Name == "list_name":
		return "required unless tag_name is there"
	case f.Name == "tag_name":
		return "required unless list_name is there"
	default:
		return ""
	}
}

// Usage is the field on one line, for the help of its flag.
func (f Field) Usage() string {
	usage := f.Meaning + ": " + f.Values()
	if needed := f.Needed(); needed != "" {
		usage += "; " + needed
	}
	return usage
}
