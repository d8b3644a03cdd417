package resultstore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/result"
)

const account = "shop"

// hasherOf is a hasher of a test's own.
func hasherOf(tb testing.TB, secret string) phone.Hasher {
	tb.Helper()
	h, err := phone.NewHasher(secret + ", which is long enough")
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func newStore(tb testing.TB, rdb redis.UniversalClient) *Store {
	tb.Helper()
	return New(rdb, Options{Hashers: []phone.Hasher{hasherOf(tb, "one")}})
}

// owned makes a ticket one of a campaign whose record expires.
func owned(tb testing.TB, rdb redis.UniversalClient, ticket string, expires time.Duration) {
	tb.Helper()
	id := "c-" + ticket
	if err := rdb.HSet(tb.Context(), key.Record(account, id), "state", "sent").Err(); err != nil {
		tb.Fatal(err)
	}
	if expires > 0 {
		rdb.PExpire(tb.Context(), key.Record(account, id), expires)
	}
	if err := rdb.Set(tb.Context(), key.Ticket(account, ticket), id, 0).Err(); err != nil {
		tb.Fatal(err)
	}
}

func (s *Store) mustTake(tb testing.TB, all ...result.DeliveryReport) {
	tb.Helper()
	if err := s.TakeReports(tb.Context(), account, all); err != nil {
		tb.Fatal(err)
	}
}

func (s *Store) want(tb testing.TB, what, ticket string, contacts int, want result.Results) {
	tb.Helper()
	if _, err := s.Fold(tb.Context(), account); err != nil {
		tb.Fatal(err)
	}
	got, _, err := s.Results(tb.Context(), account, ticket, contacts)
	if err != nil {
		tb.Fatal(err)
	}
	got.LastReportAt = time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func noon() time.Time { return time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) }

// truth is the report of a number that counts, said a second time in Go.
type truth map[string]result.DeliveryReport

func (t truth) take(r result.DeliveryReport) {
	class := func(s result.DeliveryStatus) int {
		switch {
		case s == result.Read:
			return 2
		case s.Final():
			return 1
		}
		return 0
	}
	had, there := t[r.Number]
	a, b := class(r.Status), class(had.Status)
	switch {
	case !there, a > b, a == b && r.At.After(had.At), a == b && r.At.Equal(had.At) && r.Status.Code() > had.Status.Code():
		t[r.Number] = r
	}
}

func (t truth) results(contacts int) result.Results {
	by := map[result.DeliveryStatus]int{}
	for _, r := range t {
		by[r.Status]++
	}
	return result.Of(by, contacts)
}

// Reports that come twice, in any order and in batches of any size come to the same, on a
// Redis and on a cluster, over as many numbers as make many buckets.
func TestOrderAndRepetitionChangeNothing(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) redis.UniversalClient{
		"redis":   func(tb testing.TB) redis.UniversalClient { return redistest.Start(tb).Client() },
		"cluster": func(tb testing.TB) redis.UniversalClient { return redistest.StartCluster(tb) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			s := newStore(t, rdb)
			owned(t, rdb, "sms_1", time.Hour)
			random := rand.New(rand.NewPCG(1, 2))
			statuses := append(result.Statuses(), "A_NEW_WORD")
			want := truth{}
			var all []result.DeliveryReport
			for i := range 3000 {
				for range 1 + random.IntN(3) {
					r := result.DeliveryReport{
						Ticket: "sms_1", Number: fmt.Sprintf("+336%08d", i), Status: statuses[random.IntN(len(statuses))], At: noon().Add(time.Duration(random.IntN(3)) * time.Second),
					}
					want.take(r)
					for range 1 + random.IntN(2) {
						all = append(all, r)
					}
				}
			}
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for len(all) > 0 {
				n := min(1+random.IntN(700), len(all))
				s.mustTake(t, all[:n]...)
				all = all[n:]
				if random.IntN(3) == 0 {
					if _, err := s.Fold(t.Context(), account); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.want(t, "all of them", "sms_1", 3100, want.results(3100))
		})
	}
}

func TestUnknownWordsArePending(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	owned(t, rdb, "sms_1", time.Hour)
	for i := range 40 {
		s.mustTake(t, result.DeliveryReport{Ticket: "sms_1", Number: fmt.Sprint("+3360000000", i), Status: result.DeliveryStatus(fmt.Sprint("WORD_", i)), At: noon()})
	}
	s.mustTake(t, result.DeliveryReport{Ticket: "sms_1", Number: "+33600000000", Status: result.Delivered})
	if _, err := s.Fold(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.Results(t.Context(), account, "sms_1", 40)
	if err != nil {
		t.Fatal(err)
	}
	if got.Delivered != 1 || got.Pending != 39 || got.ByStatus["WORD_1"] != 1 || got.ByStatus["WORD_0"] != 0 || got.ByStatus["OTHER"] != 8 {
		t.Errorf("got %+v, want 1 delivered, 39 pending, 8 of other words", got)
	}
}

// Results go with their campaign, details earlier; what comes after that is not counted.
func TestResultsExpire(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	owned(t, rdb, "sms_1", 20*24*time.Hour)
	owned(t, rdb, "sms_2", 0)
	for _, ticket := range []string{"sms_1", "sms_2", "sms_3"} {
		s.mustTake(t, result.DeliveryReport{Ticket: ticket, Number: "+33612345678", Status: result.Ack, At: noon()})
		s.want(t, ticket, ticket, 1, result.Results{Pending: 1, ByStatus: map[result.DeliveryStatus]int{"ACK": 1}})
	}
	for name, want := range map[string]time.Duration{
		key.Results(account, "sms_1"): 20 * 24 * time.Hour, key.Results(account, "sms_2"): 90 * 24 * time.Hour, key.Results(account, "sms_3"): 7 * 24 * time.Hour,
		key.ResultsDetail(account, "sms_1"): 7 * 24 * time.Hour, key.ResultsDetail(account, "sms_3"): 7 * 24 * time.Hour,
	} {
		if got := rdb.PTTL(t.Context(), name).Val(); got > want || got < want-time.Minute {
			t.Errorf("%s is kept for %v, want %v", name, got, want)
		}
	}
	rdb.HSet(t.Context(), key.Results(account, "sms_1"), "until", 1)
	rdb.Del(t.Context(), key.ResultsDetail(account, "sms_1"))
	s.mustTake(t, result.DeliveryReport{Ticket: "sms_1", Number: "+33612345678", Status: result.Delivered, At: noon()})
	s.want(t, "after the details", "sms_1", 1, result.Results{Pending: 1, ByStatus: map[result.DeliveryStatus]int{"ACK": 1}})
	if got := rdb.HGet(t.Context(), key.ReportsMeta(account), "late").Val(); got != "1" {
		t.Errorf("late reports: got %q, want 1", got)
	}
}

// A ticket that no campaign has makes none. When it gets one, what was reported counts.
func TestUnknownTicketsWaitForTheirCampaign(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	s.bounds.unknownTickets, s.bounds.unknownNumbers = 10, 50
	for i := range 1000 {
		s.mustTake(t, result.DeliveryReport{Ticket: fmt.Sprint("sms_", i%100), Number: fmt.Sprint("+336000", 10000+i), Status: result.Delivered, At: noon()})
	}
	if n, err := s.Fold(t.Context(), account); err != nil || n != 1000 {
		t.Fatalf("fold: got %d, %v, want 1000", n, err)
	}
	if names := rdb.Keys(t.Context(), "octoq:{shop}:*").Val(); len(names) != 10*2+3 { // meta, unknown, open
		t.Errorf("got %d keys, want 23: %q", len(names), names)
	}
	if got := rdb.HGet(t.Context(), key.ReportsMeta(account), "dropped").Val(); got != "950" {
		t.Errorf("dropped: got %q, want 950", got)
	}
	owned(t, rdb, "sms_3", time.Hour)
	if n, err := s.Tend(t.Context(), account); n != 1 || err != nil {
		t.Errorf("tend: got %d, %v, want 1", n, err)
	}
	s.want(t, "of a campaign by now", "sms_3", 100, result.Results{Delivered: 5, Pending: 95, ByStatus: map[result.DeliveryStatus]int{"DELIVERED": 5}})
	if got := rdb.PTTL(t.Context(), key.Results(account, "sms_3")).Val(); got > time.Hour {
		t.Errorf("kept for %v, want an hour, as the campaign", got)
	}
	s.mustTake(t, result.DeliveryReport{Ticket: "sms_50", Number: "+33600099999", Status: result.Delivered})
	s.want(t, "room again", "sms_50", 1, result.Results{Delivered: 1, ByStatus: map[result.DeliveryStatus]int{"DELIVERED": 1}})
	for i := range 10 {
		rdb.ZAdd(t.Context(), key.UnknownTickets(account), redis.Z{Score: 1, Member: fmt.Sprint("sms_", i)})
	}
	if n, err := s.Tend(t.Context(), account); n != 1 || err != nil { // sms_3 was put back
		t.Errorf("tend: got %d, %v, want 1", n, err)
	}
	if got := rdb.Exists(t.Context(), key.Results(account, "sms_4"), key.ResultsDetail(account, "sms_4")).Val(); got != 0 {
		t.Error("results of an unknown ticket outlive their time")
	}
}

func TestAnotherKeyIsNoticed(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	report := result.DeliveryReport{Ticket: "sms_1", Number: "+33612345678", Status: result.Delivered, At: noon()}
	newStore(t, rdb).mustTake(t, report)
	other := New(rdb, Options{Hashers: []phone.Hasher{hasherOf(t, "two")}})
	if err := other.TakeReports(t.Context(), account, []result.DeliveryReport{report}); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another key: got %v, want %v", err, ErrOtherKey)
	}
	if err := other.TakeOptOuts(t.Context(), account, []result.Inbound{{Number: "+33612345678"}}); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another key, of an opt-out: got %v, want %v", err, ErrOtherKey)
	}
	both := New(rdb, Options{Hashers: []phone.Hasher{hasherOf(t, "two"), hasherOf(t, "one")}})
	both.mustTake(t, report)
	both.want(t, "by the earlier key", "sms_1", 1, result.Results{Delivered: 1, ByStatus: map[result.DeliveryStatus]int{"DELIVERED": 1}})
	if err := New(rdb, Options{}).TakeReports(t.Context(), account, []result.DeliveryReport{report}); !errors.Is(err, phone.ErrNoHasher) {
		t.Errorf("no key: got %v, want %v", err, phone.ErrNoHasher)
	}
}

func TestAFullJournalTakesNothing(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	s.bounds.journal = 2
	report := result.DeliveryReport{Ticket: "sms_1", Number: "+33612345678", Status: result.Delivered}
	s.mustTake(t, report, report)
	if err := s.TakeReports(t.Context(), account, []result.DeliveryReport{report}); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	if _, err := s.Fold(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	s.mustTake(t, report)
}

// A number costs at most 40 bytes of Redis's memory.
func TestMemoryOfANumber(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	for ticket, numbers := range map[string]int{"sms_small": 500, "sms_large": 20_000} {
		owned(t, rdb, ticket, time.Hour)
		var all []result.DeliveryReport
		for i := range numbers {
			all = append(all, result.DeliveryReport{Ticket: ticket, Number: fmt.Sprintf("+336%08d", i), Status: result.Delivered, At: noon()})
		}
		s.mustTake(t, all...)
		s.want(t, ticket, ticket, numbers, result.Results{Delivered: numbers, ByStatus: map[result.DeliveryStatus]int{"DELIVERED": numbers}})
		var bytes int64
		for _, name := range []string{key.Results(account, ticket), key.ResultsDetail(account, ticket)} {
			n, err := rdb.MemoryUsage(t.Context(), name, 0).Result()
			if err != nil {
				t.Fatal(err)
			}
			bytes += n
		}
		each := float64(bytes) / float64(numbers)
		t.Logf("%s: %.1f bytes a number", ticket, each)
		if each > 40 {
			t.Errorf("%s: got %.1f bytes a number, want 40 at most", ticket, each)
		}
	}
}

// No number and no text stands in what is kept of deliveries.
func TestDeliveriesKeepNoNumber(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s := newStore(t, rdb)
	report := result.DeliveryReport{Ticket: "sms_1", Number: "+33612345678", Status: result.Delivered}
	s.mustTake(t, report)
	waits := strings.Join(rdb.LRange(t.Context(), key.Reports(account), 0, -1).Val(), "\n")
	if _, err := s.Fold(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	kept := fmt.Sprint(rdb.HGetAll(t.Context(), key.Results(account, "sms_1")).Val(), rdb.HGetAll(t.Context(), key.ResultsDetail(account, "sms_1")).Val())
	if strings.Contains(waits+kept, "612345678") {
		t.Errorf("the number is in %q or %q", waits, kept)
	}
}

func BenchmarkTakeAndFold(b *testing.B) {
	rdb := redistest.Start(b).Client()
	s := newStore(b, rdb)
	owned(b, rdb, "sms_1", time.Hour)
	i := 0
	for b.Loop() {
		i++
		s.mustTake(b, result.DeliveryReport{Ticket: "sms_1", Number: fmt.Sprint("+336", 10_000_000+i%50_000), Status: result.Delivered, At: noon()})
		if i%foldBatch == 0 {
			if _, err := s.Fold(b.Context(), account); err != nil {
				b.Fatal(err)
			}
		}
	}
}
