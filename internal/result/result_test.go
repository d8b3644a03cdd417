package result_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/result"
)

func TestWordsOfAStatus(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		status    result.DeliveryStatus
		final, ok bool
	}{
		"DELIVERED": {result.Delivered, true, true}, " delivered\n": {result.Delivered, true, true}, "read": {result.Read, true, true},
		"NOT_DELIVERED": {result.NotDelivered, true, true}, "not delivered": {result.NotDelivered, true, true}, "Not-Allowed": {result.NotAllowed, true, true},
		"BAD_DESTINATION": {result.BadDestination, true, true}, "BLACKLISTED_NUMBER": {result.Blacklisted, true, true},
		"ACK": {result.Ack, false, true}, "UNDEFINED": {result.Undefined, false, true}, "UNKNOWN_DELIVERY": {result.UnknownDelivery, false, true},
		"SENT_2": {"SENT_2", false, true}, "": {"", false, false}, "DÉLIVRÉ": {"", false, false}, "A\x00B": {"", false, false},
		"A_WORD_THAT_IS_FAR_TOO_LONG_TO_BE": {"", false, false},
	} {
		got, ok := result.ParseStatus(text)
		if got != want.status || ok != want.ok || got.Final() != want.final {
			t.Errorf("%q: got %q, final %v, %v, want %+v", text, got, got.Final(), ok, want)
		}
	}
}

func TestWhatReportsComeTo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by       map[result.DeliveryStatus]int
		contacts int
		want     result.Results
	}{
		"nothing reported": {nil, 20, result.Results{Pending: 20, ByStatus: map[result.DeliveryStatus]int{}}},
		"some of each": {
			map[result.DeliveryStatus]int{"DELIVERED": 10, "READ": 2, "NOT_DELIVERED": 1, "BLACKLISTED_NUMBER": 2, "ACK": 3, "NEW_WORD": 0}, 20,
			result.Results{Delivered: 12, Failed: 3, Pending: 5, ByStatus: map[result.DeliveryStatus]int{"DELIVERED": 10, "READ": 2, "NOT_DELIVERED": 1, "BLACKLISTED_NUMBER": 2, "ACK": 3}},
		},
		"more than contacts": {
			map[result.DeliveryStatus]int{"DELIVERED": 3, "ACK": 1}, 2,
			result.Results{Delivered: 3, Pending: 1, ByStatus: map[result.DeliveryStatus]int{"DELIVERED": 3, "ACK": 1}},
		},
	} {
		if diff := cmp.Diff(c.want, result.Of(c.by, c.contacts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTickets(t *testing.T) {
	t.Parallel()
	for ticket, want := range map[string]bool{"sms_5f3fbce61266e": true, "": false, "a b": false, "a:b": false, "}": false, "a\n": false} {
		if got := result.ValidTicket(ticket); got != want {
			t.Errorf("%q: got %v, want %v", ticket, got, want)
		}
	}
}
