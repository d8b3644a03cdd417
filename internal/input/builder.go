package input

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// maxFaults bounds the list of faults: a megabyte of rubbish holds thousands.
const maxFaults = 50

// Builder makes a campaign from names and values and collects every fault on
// the way. All readers (JSON, CSV, edits by hand) go through it, so that they
// know the same fields and refuse the same things. The zero Builder is ready.
type Builder struct {
	campaign campaign.Campaign
	faults   []campaign.Fault
	omitted  int
	times    TimeReader
	nulls    bool   // null is no value
	seen     uint64 // the places of the fields that setJSON has set, one bit each
}

// Edit starts from a campaign that exists. The campaign itself stays as it is.
func Edit(c campaign.Campaign) *Builder {
	c.Labels = maps.Clone(c.Labels)
	return &Builder{campaign: c}
}

// ReadTimes says how the times that follow are read.
func (b *Builder) ReadTimes(r TimeReader) { b.times = r }

// Set sets the named field from text, as a cell of a CSV file or a flag gives
// it; an empty value clears the field. Booleans are true, false, yes, no, 1 or
// 0, or the French and German words; times those of TimeReader; amounts decimal
// euros with a point or a comma. Labels are a JSON object of strings, or one by
// one as labels.NAME.
func (b *Builder) Set(name, value string) {
	if label, ok := strings.CutPrefix(name, labelPrefix); ok {
		b.setLabel(label, value)
		return
	}
	i := fieldNamed(name)
	if i < 0 {
		b.addUnknown(name)
		return
	}
	b.addFlaw(name, setText(fieldAt(&b.campaign, i), value, b.times))
}

// setJSON sets the named field from a JSON value, once.
func (b *Builder) setJSON(name string, raw []byte) {
	i := fieldNamed(name)
	switch {
	case i < 0:
		b.addUnknown(name)
	case b.saw(i):
		b.addFlaw(name, flaw{problem: "is in the object twice"})
	case name == "labels" && b.campaign.Labels != nil:
		b.addFlaw(name, flaw{problem: labelsTwice})
	default:
		b.seen |= 1 << i
		if b.nulls && kindOf(raw) == kindNull {
			return
		}
		b.addFlaw(name, setJSON(fieldAt(&b.campaign, i), raw, b.rules()))
	}
}

// rules are how JSON values are read.
func (b *Builder) rules() jsonRules { return jsonRules{times: b.times, nulls: b.nulls} }

// saw reports whether setJSON has set the field of a place.
func (b *Builder) saw(place int) bool { return b.seen&(1<<place) != 0 }

// labelsTwice is the problem of two ways of giving labels.
const labelsTwice = "are given both as one object and one by one"

// setJSONLabel sets a single label from a JSON string, once.
func (b *Builder) setJSONLabel(label string, raw []byte) {
	value, problem := stringValue(raw)
	_, twice := b.campaign.Labels[label]
	switch {
	case problem != "":
	case b.saw(fieldNamed("labels")):
		problem = labelsTwice
	case twice:
		problem = "is in the object twice"
	default:
		b.setLabel(label, value)
	}
	b.addFlaw(labelPrefix+label, flaw{problem: problem})
}

func (b *Builder) setLabel(label, value string) {
	if value == "" {
		delete(b.campaign.Labels, label)
		return
	}
	if b.campaign.Labels == nil {
		b.campaign.Labels = map[string]string{}
	}
	b.campaign.Labels[label] = value
}

// Campaign is the campaign that was built, once it is valid. Otherwise it is
// empty, and the error is a ValidationError with the faults of reading and
// those of validation together; a field that could not be read is not
// validated as well.
func (b *Builder) Campaign() (campaign.Campaign, error) {
	all := slices.Clone(b.faults)
	if invalid, ok := errors.AsType[*campaign.ValidationError](b.campaign.Validate()); ok {
		all = append(all, slices.DeleteFunc(invalid.Faults, func(f campaign.Fault) bool { return b.unread(f.Field) })...)
	}
	if len(all) == 0 {
		return b.campaign, nil
	}
	omitted := b.omitted + max(0, len(all)-maxFaults)
	if omitted > 0 {
		all = append(all[:min(len(all), maxFaults)], campaign.Fault{Problem: fmt.Sprintf("and %d more faults", omitted)})
	}
	return campaign.Campaign{}, &campaign.ValidationError{ID: b.campaign.ID, Faults: all}
}

// unread reports whether a field could not be read. That a list's name is missing is
// no fault worth reporting when the tag's could not be read, and the reverse.
func (b *Builder) unread(field string) bool {
	audience := field == "list_name" || field == "tag_name"
	return slices.ContainsFunc(b.faults, func(f campaign.Fault) bool {
		return f.Field == field || audience && (f.Field == "list_name" || f.Field == "tag_name")
	})
}

func (b *Builder) addFlaw(field string, f flaw) {
	if f.problem != "" {
		b.addFault(campaign.Fault{Field: field, Problem: f.problem, Remedy: f.remedy})
	}
}

// addUnknown looks for what was meant only while faults are still listed.
func (b *Builder) addUnknown(name string) {
	if len(b.faults) == maxFaults {
		b.omitted++
		return
	}
	b.addFault(UnknownField(name))
}

func (b *Builder) addFault(f campaign.Fault) {
	if len(b.faults) == maxFaults {
		b.omitted++
		return
	}
	b.faults = append(b.faults, f)
}
