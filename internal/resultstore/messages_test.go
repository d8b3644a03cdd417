package resultstore

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/result"
)

const number = "+33612345678"

func (s *Store) mustReply(tb testing.TB, all ...result.Inbound) {
	tb.Helper()
	if err := s.TakeReplies(tb.Context(), account, all); err != nil {
		tb.Fatal(err)
	}
}

func (s *Store) mustOptOut(tb testing.TB, all ...result.Inbound) {
	tb.Helper()
	if err := s.TakeOptOuts(tb.Context(), account, all); err != nil {
		tb.Fatal(err)
	}
}

func TestMessagesAreKeptOnce(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	owned(t, rdb, "sms_1", time.Hour)
	reply := result.Inbound{Ticket: "sms_1", Number: number, Text: "Oui", At: noon()}
	other := reply
	other.Text = "Non"
	stop := result.Inbound{Ticket: "sms_1", Number: number, Text: "STOP", At: noon()}
	elsewhere := stop
	elsewhere.Ticket = ""
	for range 3 {
		s.mustReply(t, reply, other)
		s.mustOptOut(t, stop, elsewhere)
	}
	s.want(t, "counted once", "sms_1", 1, result.Results{Pending: 1, ByStatus: map[result.DeliveryStatus]int{}, Replies: 2, OptOuts: 1})
	got, err := s.Replies(t.Context(), account, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	hash := s.options.Hashers[0].Hash(number)
	want := []KeptMessage{{Number: number, Hash: hash, Ticket: "sms_1", Text: "Oui", At: noon()}, {Number: number, Hash: hash, Ticket: "sms_1", Text: "Non", At: noon()}}
	sorted := cmpopts.SortSlices(func(a, b KeptMessage) bool { return a.Text < b.Text })
	if diff := cmp.Diff(want, got.Items, cmpopts.IgnoreFields(KeptMessage{}, "ReceivedAt"), sorted); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	if got := rdb.PTTL(t.Context(), key.Replies(account)).Val(); got > 30*24*time.Hour || got < 29*24*time.Hour {
		t.Errorf("replies are kept for %v, want 30 days", got)
	}
	if got := rdb.PTTL(t.Context(), key.OptOuts(account)).Val(); got > 0 {
		t.Errorf("opt-outs are kept for %v, want for good", got)
	}
}

// Deleting a number leaves it nowhere in Redis, and it stays blocked, also when the same
// opt-out is reported again.
func TestADeletedNumberStaysBlocked(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	if _, err := s.OptOut(t.Context(), account, number); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("before: got %v, want %v", err, campaign.ErrNotFound)
	}
	s.mustTake(t, result.DeliveryReport{Ticket: "sms_1", Number: number, Status: result.Delivered})
	s.mustReply(t, result.Inbound{Ticket: "sms_1", Number: number, Text: "call +33 6 12 34 56 78"}, result.Inbound{Number: "+33700000000", Text: "another"})
	s.mustOptOut(t, result.Inbound{Ticket: "sms_1", Number: number, Text: "STOP"})
	if m, err := s.OptOut(t.Context(), account, "0033 6 12 34 56 78"); err != nil || m.Number != number {
		t.Errorf("kept: got %+v, %v, want the number", m, err)
	}
	replies, blocked, err := s.Forget(t.Context(), account, number)
	if replies != 1 || !blocked || err != nil {
		t.Fatalf("delete: got %d, %v, %v, want one reply and an opt-out", replies, blocked, err)
	}
	s.mustOptOut(t, result.Inbound{Ticket: "sms_1", Number: number, Text: "STOP"})
	if _, err := s.Fold(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	m, err := s.OptOut(t.Context(), account, number)
	if err != nil || m.Number != "" || m.Text != "" || m.DeletedAt.IsZero() {
		t.Errorf("deleted: got %+v, %v, want blocked without a number", m, err)
	}
	var all strings.Builder
	for _, name := range rdb.Keys(t.Context(), "*").Val() {
		dump, err := rdb.Dump(t.Context(), name).Result()
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(name + dump)
	}
	for _, digits := range []string{"612345678", "6 12 34 56 78"} {
		if strings.Contains(all.String(), digits) {
			t.Errorf("%s is still in Redis", digits)
		}
	}
	if !strings.Contains(all.String(), "700000000") {
		t.Error("the other number is gone, or this test looks at nothing")
	}
}

func TestRepliesAreBounded(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	s.bounds.replies, s.bounds.optOuts = 10, 3
	var together []result.Inbound // within one microsecond
	for i := range 30 {
		reply := result.Inbound{Number: fmt.Sprint("+3361234", 1000+i), Text: fmt.Sprint(i)}
		if i < 25 {
			s.mustReply(t, reply)
		} else {
			together = append(together, reply)
		}
	}
	if err := s.TakeReplies(t.Context(), account, together); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for cursor := ""; ; {
		page, err := s.Replies(t.Context(), account, cursor, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Items {
			texts = append(texts, m.Text)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(texts, []string{"20", "21", "22", "23", "24", "25", "26", "27", "28", "29"}) {
		t.Errorf("got %q, want the newest ten, oldest first", texts)
	}
	for i := range 3 {
		s.mustOptOut(t, result.Inbound{Number: fmt.Sprint("+3361234", 1000+i)})
	}
	if err := s.TakeOptOuts(t.Context(), account, []result.Inbound{{Number: number}}); !errors.Is(err, ErrFull) {
		t.Errorf("one more opt-out than there is room for: got %v, want %v", err, ErrFull)
	}
	if _, err := s.OptOuts(t.Context(), account, "x", 4); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("a strange cursor: got %v, want %v", err, campaign.ErrInvalid)
	}
}

func TestOptOutsOfManyNumbers(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s, keyless := newStore(t, rdb), New(rdb, Options{})
	numbers := []string{"+33612345670", "0033 612345671", "+33612345672"}
	if got, err := keyless.OptedOut(t.Context(), account, numbers); err != nil || slices.Contains(got, true) {
		t.Errorf("before anything was reported, without a key: got %v, %v, want none", got, err)
	}
	s.mustOptOut(t, result.Inbound{Number: "+33612345671", At: noon()}, result.Inbound{Number: "+33612345672", At: noon()})
	if _, _, err := s.Forget(t.Context(), account, "+33612345672"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.OptedOut(t.Context(), account, numbers); err != nil || !slices.Equal(got, []bool{false, true, true}) {
		t.Errorf("got %v, %v, want the second, and the third whose number was deleted", got, err)
	}
	if got, err := s.OptedOut(t.Context(), account, nil); err != nil || len(got) > 0 {
		t.Errorf("of no number: got %v, %v", got, err)
	}
	if _, err := keyless.OptedOut(t.Context(), account, numbers); !errors.Is(err, phone.ErrNoHasher) {
		t.Errorf("without a key: got %v, want ErrNoHasher", err)
	}
	other := New(rdb, Options{Hashers: []phone.Hasher{hasherOf(t, "other")}})
	if _, err := other.OptedOut(t.Context(), account, numbers); !errors.Is(err, ErrOtherKey) {
		t.Errorf("with another key: got %v, want ErrOtherKey", err)
	}
}
