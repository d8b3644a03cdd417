package stats

import (
	"cmp"
	"maps"
	"slices"
)

// GroupKind says what the campaigns of a group have in common.
type GroupKind string

// The kinds of groups.
const (
	KindValue GroupKind = "value" // this value
	KindOther GroupKind = "other" // values beyond those that are kept for a day
	KindNone  GroupKind = "none"  // no such list, tag or label
)

// Group is what campaigns with one value of a dimension came to.
type Group struct {
	Kind  GroupKind `json:"kind" enum:"value,other,none" doc:"value; other: values beyond those that are kept for a day; none: without such a list, tag or label"`
	Value string    `json:"value"`
	Figures
}

// Groups divides the figures of buckets: those that cost most come first, then what has
// no value of its own. They add up to the total.
func Groups(buckets []Bucket, by Dimension) []Group {
	sums, rest := map[string]Figures{}, Total(buckets)
	for _, b := range buckets {
		for value, f := range b.Values[by.stored()] {
			sums[value] = sums[value].Plus(f)
			rest = rest.minus(f)
		}
	}
	groups := []Group{}
	for value, f := range maps.All(sums) {
		g := Group{Kind: KindValue, Value: unescaped(value), Figures: f}
		if value == "" {
			g.Kind = KindOther
		}
		if !f.IsZero() {
			groups = append(groups, g)
		}
	}
	if !rest.IsZero() {
		groups = append(groups, Group{Kind: KindNone, Figures: rest})
	}
	slices.SortFunc(groups, compareGroups)
	return groups
}

func compareGroups(a, b Group) int {
	place := []GroupKind{KindValue, KindOther, KindNone}
	return cmp.Or(
		cmp.Compare(slices.Index(place, a.Kind), slices.Index(place, b.Kind)),
		cmp.Compare(b.Sent.Cost+b.Unknown.Cost, a.Sent.Cost+a.Unknown.Cost),
		cmp.Compare(b.Sent.Campaigns, a.Sent.Campaigns),
		cmp.Compare(a.Value, b.Value),
	)
}

// Total is all of buckets together.
func Total(buckets []Bucket) Figures {
	var sum Figures
	for _, b := range buckets {
		sum = sum.Plus(b.Total)
	}
	return sum
}
