package contacts

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

// fake is an API with one list, and the opt-outs.
type fake struct {
	atOnce int // calls; 1 if it is 0

	mu     sync.Mutex
	answer func(contacts []campaign.Contact) (CallAnswer, error) // nil: ok
	calls  [][]string                                            // the numbers of each
	writes map[string]int                                        // by number, of those that were added
	opted  []string
}

func (f *fake) Calls() int { return max(f.atOnce, 1) }

func (f *fake) Add(_ context.Context, list string, contacts []campaign.Contact) (CallAnswer, error) {
	numbers := make([]string, len(contacts))
	for i, c := range contacts {
		numbers[i] = c.PhoneNumber
	}
	f.mu.Lock()
	f.calls = append(f.calls, numbers)
	f.mu.Unlock()
	a := CallAnswer{Class: "ok"}
	var err error
	if f.answer != nil {
		a, err = f.answer(contacts)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if a.Class != "ok" || err != nil || list != "vips" {
		return a, err
	}
	if f.writes == nil {
		f.writes = map[string]int{}
	}
	for _, n := range numbers {
		f.writes[n]++
	}
	return a, nil
}

func (f *fake) OptedOut(_ context.Context, _ string, numbers []string) ([]bool, error) {
	opted := make([]bool, len(numbers))
	for i, n := range numbers {
		opted[i] = slices.Contains(f.opted, n)
	}
	return opted, nil
}

func (f *fake) pusher(batch int) Pusher {
	return Pusher{API: f, OptOuts: f, Account: "shop", List: "vips", Batch: batch}
}

func number(i int) string { return fmt.Sprintf("+336%08d", i) }

// rows are n contacts.
func rows(n int) []Row {
	all := make([]Row, n)
	for i := range all {
		all[i] = NewRow(i+2, campaign.Contact{PhoneNumber: number(i)})
	}
	return all
}

func seq(all []Row) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func ignore([]LineResult, PushProgress) error { return nil }

func TestEachContactHasItsResult(t *testing.T) {
	t.Parallel()
	f := &fake{opted: []string{number(1)}}
	all := rows(5)
	all[2] = Row{Line: 4, Fault: "no number"}
	var got []LineResult
	var last PushProgress
	err := f.pusher(2).Push(t.Context(), PushProgress{}, seq(all), func(r []LineResult, p PushProgress) error {
		got, last = append(got, r...), p
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []LineResult{{2, Added, ""}, {3, OptedOut, ""}, {4, Invalid, "no number"}, {5, Added, ""}, {6, Added, ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if want := (Tally{Added: 3, Invalid: 1, OptedOut: 1}); last.Tally != want || last.Rows != 5 {
		t.Errorf("progress: got %+v, want 5 rows, %+v", last, want)
	}
	if want := [][]string{{number(0)}, {number(3), number(4)}}; !cmp.Equal(f.calls, want) {
		t.Errorf("calls: got %v, want %v", f.calls, want)
	}
}

// Broken off at any place, and started again: the calls whose answers were noted are not
// made again.
func TestAPushGoesOnWhereItWasBrokenOff(t *testing.T) {
	t.Parallel()
	const n, batch = 97, 10
	broken := errors.New("broken off")
	for at := 1; at <= 12; at++ {
		f := &fake{}
		var noted PushProgress
		settled := 0
		f.answer = func([]campaign.Contact) (CallAnswer, error) {
			if len(f.calls) == at {
				return CallAnswer{}, broken
			}
			return CallAnswer{Class: "ok"}, nil
		}
		note := func(r []LineResult, p PushProgress) error { settled += len(r); noted = p; return nil }
		err := f.pusher(batch).Push(t.Context(), PushProgress{}, seq(rows(n)), note)
		if at <= 10 && !errors.Is(err, broken) {
			t.Fatalf("broken off at call %d: got %v", at, err)
		}
		if err := f.pusher(batch).Push(t.Context(), noted, seq(rows(n)), note); err != nil {
			t.Fatalf("again after call %d: %v", at, err)
		}
		if settled != n || noted.Added != n || len(f.writes) != n {
			t.Errorf("broken off at call %d: got %d settled, %+v, %d numbers, want %d", at, settled, noted, len(f.writes), n)
		}
		for number, times := range f.writes {
			if times != 1 {
				t.Errorf("broken off at call %d: %s was added %d times, want once", at, number, times)
			}
		}
	}
}

func TestAProgressIsThatOfItsRows(t *testing.T) {
	t.Parallel()
	f := &fake{}
	var noted PushProgress
	if err := f.pusher(4).Push(t.Context(), PushProgress{}, seq(rows(8)), func(_ []LineResult, p PushProgress) error { noted = p; return nil }); err != nil {
		t.Fatal(err)
	}
	changed := rows(10)
	changed[3].Contact.FirstName = "another"
	elsewhere := f.pusher(4)
	elsewhere.List = "all"
	for name, err := range map[string]error{
		"a line has changed": f.pusher(4).Push(t.Context(), noted, seq(changed), ignore),
		"lines are missing":  f.pusher(4).Push(t.Context(), noted, seq(rows(7)), ignore),
		"another list":       elsewhere.Push(t.Context(), noted, seq(rows(8)), ignore),
	} {
		if !errors.Is(err, ErrOtherFile) {
			t.Errorf("%s: got %v, want ErrOtherFile", name, err)
		}
	}
	calls := len(f.calls)
	if err := f.pusher(4).Push(t.Context(), noted, seq(rows(9)), ignore); err != nil || len(f.calls) != calls+1 || f.writes[number(8)] != 1 {
		t.Errorf("a line more: got %v and %d calls more, want one that adds it", err, len(f.calls)-calls)
	}
}

// The API refuses a call as a whole: one contact stops no other.
func TestOneContactThatIsRefusedStopsNoOther(t *testing.T) {
	t.Parallel()
	var bad []string
	var lines []int
	for i := 3; i < 40; i += 6 {
		bad, lines = append(bad, number(i)), append(lines, i+2)
	}
	f := &fake{answer: func(contacts []campaign.Contact) (CallAnswer, error) {
		if slices.ContainsFunc(contacts, func(c campaign.Contact) bool { return slices.Contains(bad, c.PhoneNumber) }) {
			return CallAnswer{Class: "rejected", Code: 303, Message: "no"}, nil
		}
		return CallAnswer{Class: "ok"}, nil
	}}
	var refused []int
	var last PushProgress
	err := f.pusher(20).Push(t.Context(), PushProgress{}, seq(rows(40)), func(results []LineResult, p PushProgress) error {
		last = p
		for _, r := range results {
			if r.Result == Refused && r.Detail == "no" {
				refused = append(refused, r.Line)
			}
		}
		return nil
	})
	if want := 40 - len(bad); err != nil || !cmp.Equal(refused, lines) || last.Added != want || len(f.writes) != want {
		t.Errorf("got %v, lines %v refused, %+v, %d added, want lines %v, and %d", err, refused, last, len(f.writes), lines, want)
	}
}

// A list that the API does not know, say, costs a few calls.
func TestAPushEndsWhereAllIsRefused(t *testing.T) {
	t.Parallel()
	for class, want := range map[string]any{"rejected": new(*RefusedError), "unknown": new(*RefusedError), "account": new(*AccountError)} {
		f := &fake{answer: func([]campaign.Contact) (CallAnswer, error) { return CallAnswer{Class: class, Message: "no"}, nil }}
		err := f.pusher(100).Push(t.Context(), PushProgress{}, seq(rows(1000)), func([]LineResult, PushProgress) error { t.Error("something was settled"); return nil })
		if !errors.As(err, want) || !strings.Contains(err.Error(), "no") || len(f.calls) > 20 {
			t.Errorf("%s: got %v after %d calls", class, err, len(f.calls))
		}
	}
}

func TestACallWithoutAUsableAnswerIsMadeAgain(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"throttled", "transient", "unanswered", "not_sent", "pending"} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{}
			f.answer = func([]campaign.Contact) (CallAnswer, error) {
				if len(f.calls) <= 4 {
					return CallAnswer{Class: class}, nil
				}
				return CallAnswer{Class: "ok"}, nil
			}
			began := time.Now()
			if err := f.pusher(10).Push(t.Context(), PushProgress{}, seq(rows(10)), ignore); err != nil || len(f.writes) != 10 {
				t.Errorf("%s: got %v and %d added, want 10", class, err, len(f.writes))
			}
			if took := time.Since(began); took != 15*time.Second {
				t.Errorf("%s: got %v, want pauses of 1, 2, 4 and 8 seconds", class, took)
			}
		})
	}
}

func TestAnAPIThatStaysAwayEndsThePush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func([]campaign.Contact) (CallAnswer, error) {
			return CallAnswer{Class: "transient", Message: "busy"}, nil
		}}
		err := f.pusher(10).Push(t.Context(), PushProgress{}, seq(rows(10)), ignore)
		if _, away := errors.AsType[*UnavailableError](err); !away || len(f.calls) != tries {
			t.Errorf("got %v after %d calls, want an UnavailableError after %d", err, len(f.calls), tries)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := f.pusher(10).Push(ctx, PushProgress{}, seq(rows(10)), ignore); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}

// Of a number that is there twice the later line counts: they do not share a call.
func TestANumberThatIsThereTwice(t *testing.T) {
	t.Parallel()
	f := &fake{}
	all := rows(3)
	all[1].Contact.PhoneNumber = number(0)
	if err := f.pusher(10).Push(t.Context(), PushProgress{}, seq(all), ignore); err != nil {
		t.Fatal(err)
	}
	if want := [][]string{{number(0)}, {number(0), number(2)}}; !cmp.Equal(f.calls, want) {
		t.Errorf("calls: got %v, want %v", f.calls, want)
	}
}

// Rows without a contact need no call, and do not gather in memory.
func TestRowsInMemoryAreBounded(t *testing.T) {
	t.Parallel()
	f := &fake{}
	most, all := 0, make([]Row, 1000)
	for i := range all {
		all[i] = Row{Line: i + 2, Fault: "no number"}
	}
	err := f.pusher(5).Push(t.Context(), PushProgress{}, seq(all), func(r []LineResult, _ PushProgress) error { most = max(most, len(r)); return nil })
	if err != nil || most > 50 || len(f.calls) > 0 {
		t.Errorf("got %v, %d rows at once and %d calls, want 50 at most and none", err, most, len(f.calls))
	}
}
