package limit

import (
	"slices"
	"testing"
	"time"
)

func TestGrantsComeOutInTheOrderOfTheirTimes(t *testing.T) {
	t.Parallel()
	var p grantPool
	for i, due := range []int{2, 0, 1, 1, 3} {
		p.add(grant{token: string(rune('a' + i)), due: epoch().Add(time.Duration(due) * time.Second)})
	}
	var got []string
	for now := epoch(); !p.nextDue().IsZero(); now = p.nextDue() {
		for g, due := p.popDue(now); due; g, due = p.popDue(now) {
			got = append(got, g.token)
		}
	}
	if want := []string{"b", "c", "d", "a", "e"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: the earliest first, equal ones as they came", got, want)
	}
	if _, due := p.popDue(epoch().Add(-time.Second)); due {
		t.Error("a grant came out of an empty pool")
	}
}
