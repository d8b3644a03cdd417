package peers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	worker := func(name string, pairs ...string) PeerWorker {
		w := PeerWorker{Name: name, Settings: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			w.Settings[pairs[i]] = pairs[i+1]
		}
		return w
	}
	for _, c := range []struct {
		name    string
		workers []PeerWorker
		want    []string
	}{
		{"none", nil, nil},
		{"one", []PeerWorker{worker("a", "confirm", "auto")}, nil},
		{"two alike", []PeerWorker{worker("a", "confirm", "auto"), worker("b", "confirm", "auto")}, nil},
		{
			"two settings", []PeerWorker{worker("b", "confirm", "auto", "rate", "5"), worker("a", "confirm", "manual", "rate", "10")},
			[]string{"confirm is auto (b), manual (a)", "rate is 10 (a), 5 (b)"},
		},
		{
			"many", []PeerWorker{worker("a", "rate", "5"), worker("e", "rate", "5"), worker("c", "rate", "5"), worker("d", "rate", "5"), worker("z", "rate", "6")},
			[]string{"rate is 5 (a, c, d, …), 6 (z)"},
		},
		{"a setting that one does not know", []PeerWorker{worker("old", "rate", "5"), worker("new", "rate", "5", "budget", "1")}, nil},
	} {
		var got []string
		for _, d := range Differences(c.workers) {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A difference stays the same while workers come and go, and is another one with
// other values.
func TestSame(t *testing.T) {
	t.Parallel()
	of := func(texts ...string) []SettingDifference {
		var workers []PeerWorker
		for i, text := range texts {
			workers = append(workers, PeerWorker{Name: string(rune('a' + i)), Settings: map[string]string{"rate": text}})
		}
		return Differences(workers)
	}
	for _, c := range []struct {
		name string
		a, b []SettingDifference
		want bool
	}{
		{"none", of(), of("5"), true},
		{"one more of a kind", of("5", "6"), of("6", "5", "5"), true},
		{"gone", of("5", "6"), of("5", "5"), false},
		{"another value", of("5", "6"), of("5", "7"), false},
		{"one more value", of("5", "6"), of("5", "6", "7"), false},
	} {
		if got := Same(c.a, c.b); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
