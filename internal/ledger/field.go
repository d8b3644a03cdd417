package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/record"
)

// field is one fact of a record and its place in the hash. A fact that is zero
// is put as "" and has no place; take is never called with "".
type field struct {
	name string
	put  func(*record.Record) (string, error)
	take func(*record.Record, string) error
	// alike reports whether two records surely have the same fact: to put both
	// only to compare them is slow.
	alike func(a, b *record.Record) bool
	owned bool // written by the script alone
}

func (f field) ours() field { f.owned = true; return f }

// both puts the fact of two records; before is nil for none.
func (f field) both(before, after *record.Record) (old, fresh string, err error) {
	if before != nil {
		if old, err = f.put(before); err != nil {
			return "", "", err
		}
	}
	fresh, err = f.put(after)
	return old, fresh, err
}

// textField is a fact that is a string.
func textField[T ~string](name string, at func(*record.Record) *T) field {
	return field{
		name:  name,
		put:   func(r *record.Record) (string, error) { return string(*at(r)), nil },
		take:  func(r *record.Record, s string) error { *at(r) = T(s); return nil },
		alike: equal(at),
	}
}

// numberField is a fact that is a whole number.
func numberField[T ~int | ~int64](name string, at func(*record.Record) *T) field {
	return field{
		name: name,
		put:  func(r *record.Record) (string, error) { return formatNumber(int64(*at(r))), nil },
		take: func(r *record.Record, s string) error {
			n, err := strconv.ParseInt(s, 10, 64)
			*at(r) = T(n)
			return err
		},
		alike: equal(at),
	}
}

// flagField is a fact that is true or not known.
func flagField(name string, at func(*record.Record) *bool) field {
	return field{
		name: name,
		put: func(r *record.Record) (string, error) {
			if *at(r) {
				return "1", nil
			}
			return "", nil
		},
		take: func(r *record.Record, s string) error {
			if s != "1" {
				return fmt.Errorf("%q is no flag", s)
			}
			*at(r) = true
			return nil
		},
		alike: equal(at),
	}
}

// timeField is a time in unix milliseconds.
func timeField(name string, at func(*record.Record) *time.Time) field {
	return field{
		name: name,
		put:  func(r *record.Record) (string, error) { return formatNumber(toMilli(*at(r))), nil },
		take: func(r *record.Record, s string) error {
			n, err := strconv.ParseInt(s, 10, 64)
			*at(r) = fromMilli(n)
			return err
		},
		alike: func(a, b *record.Record) bool { return at(a).Equal(*at(b)) },
	}
}

// spanField is a duration in milliseconds.
func spanField(name string, at func(*record.Record) *time.Duration) field {
	return field{
		name: name,
		put:  func(r *record.Record) (string, error) { return formatNumber(at(r).Milliseconds()), nil },
		take: func(r *record.Record, s string) error {
			n, err := strconv.ParseInt(s, 10, 64)
			*at(r) = time.Duration(n) * time.Millisecond
			return err
		},
		alike: equal(at),
	}
}

// jsonField is a fact with parts; empty says when it is zero, and alike when two
// are surely the same.
func jsonField[T any](name string, at func(*record.Record) *T, empty func(T) bool, alike func(a, b T) bool) field {
	return field{
		name: name,
		put: func(r *record.Record) (string, error) {
			if empty(*at(r)) {
				return "", nil
			}
			b, err := json.Marshal(*at(r))
			return string(b), err
		},
		take:  func(r *record.Record, s string) error { return json.Unmarshal([]byte(s), at(r)) },
		alike: func(a, b *record.Record) bool { return alike(*at(a), *at(b)) },
	}
}

// wordsField is a list of words without spaces.
func wordsField(name string, at func(*record.Record) *[]string) field {
	return field{
		name:  name,
		put:   func(r *record.Record) (string, error) { return strings.Join(*at(r), " "), nil },
		take:  func(r *record.Record, s string) error { *at(r) = strings.Fields(s); return nil },
		alike: func(a, b *record.Record) bool { return slices.Equal(*at(a), *at(b)) },
	}
}

// ofClaim makes a field of a part of the claim: absent without a claim, which
// in turn exists if any part of it does.
func ofClaim(f field) field {
	put, take, alike := f.put, f.take, f.alike
	f.alike = func(a, b *record.Record) bool {
		if a.Claim == nil || b.Claim == nil {
			return a.Claim == b.Claim
		}
		return alike(a, b)
	}
	f.put = func(r *record.Record) (string, error) {
		if r.Claim == nil {
			return "", nil
		}
		return put(r)
	}
	f.take = func(r *record.Record, s string) error {
		if r.Claim == nil {
			r.Claim = new(campaign.Claim)
		}
		return take(r, s)
	}
	return f
}

func formatNumber(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func equal[T comparable](at func(*record.Record) *T) func(a, b *record.Record) bool {
	return func(a, b *record.Record) bool { return *at(a) == *at(b) }
}

func sameCampaign(a, b campaign.Campaign) bool {
	return a.ID == b.ID && a.Account == b.Account && content.Same(a, b)
}

func sameValue[T comparable](a, b T) bool   { return a == b }
func sameTarget[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

func none[T any](list []T) bool { return len(list) == 0 }
func absent[T any](p *T) bool   { return p == nil }
func zero[T comparable](v T) bool {
	var z T
	return v == z
}

func unstarted(m map[campaign.Call]campaign.Start) bool { return len(m) == 0 }

// authorsField leaves the authors out where the producer is the only one.
func authorsField() field {
	f := jsonField("authors", func(r *record.Record) *[]string { return &r.Authors }, none, slices.Equal)
	list := f.put
	f.put = func(r *record.Record) (string, error) {
		if slices.Equal(r.Authors, record.SoleAuthor(r.EnqueuedBy)) {
			return "", nil
		}
		return list(r)
	}
	f.alike = func(a, b *record.Record) bool {
		return a.EnqueuedBy == b.EnqueuedBy && slices.Equal(a.Authors, b.Authors)
	}
	return f
}
