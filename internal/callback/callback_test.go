package callback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/result"
)

const secret = "a secret of callbacks, long enough"

// kept is a store that keeps what it takes in memory.
type kept struct {
	reports          []result.DeliveryReport
	replies, optOuts []result.Inbound
	fail             error
}

func (k *kept) TakeReports(_ context.Context, _ string, all []result.DeliveryReport) error {
	k.reports = append(k.reports, all...)
	return k.fail
}

func (k *kept) TakeReplies(_ context.Context, _ string, all []result.Inbound) error {
	k.replies = append(k.replies, all...)
	return k.fail
}

func (k *kept) TakeOptOuts(_ context.Context, _ string, all []result.Inbound) error {
	k.optOuts = append(k.optOuts, all...)
	return k.fail
}

// receive has a receiver take one body.
func receive(t *testing.T, k *kept, topic Topic, body string) (status int, what string) {
	t.Helper()
	r := &Receiver{Store: k, Counted: func(_ string, _ Topic, of string) { what = of }, OnError: func(string, error) {}}
	w := httptest.NewRecorder()
	r.Receive(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body)), "shop", topic)
	if w.Body.Len() > 0 {
		t.Errorf("got %q, want no body", w.Body)
	}
	return w.Code, what
}

func TestReportsInManyForms(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	whole := result.DeliveryReport{Ticket: "sms_1", Number: "+33612345678", Status: result.Delivered, At: at}
	undated := whole
	undated.At = time.Time{}
	for name, c := range map[string]struct {
		body string
		want []result.DeliveryReport
	}{
		"as documented":            {`{"message_id":"sms_1","list_name":"l","number":"+33612345678","status":"DELIVERED","unit_price":0.05,"delivery_date":"2026-11-29 13:00:00","channel":"sms","meta_data":null}`, []result.DeliveryReport{whole}},
		"a form":                   {"message_id=sms_1&number=%2B33612345678&status=DELIVERED&delivery_date=2026-11-29+13%3A00%3A00", []result.DeliveryReport{whole}},
		"a form whose plus is one": {"message_id=sms_1&number=+33612345678&status=delivered&delivery_date=2026-11-29T12:00:00Z", []result.DeliveryReport{whole}},
		"a list":                   {`[{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED","delivery_date":"2026-11-29 13:00:00"},{"x":1},7]`, []result.DeliveryReport{whole}},
		"numbers":                  {`{"message_id":"sms_1","number":33612345678,"status":"DELIVERED","delivery_date":1795953600}`, []result.DeliveryReport{whole}},
		"numbers with exponents":   {`{"message_id":"sms_1","number":3.3612345678e10,"status":"DELIVERED","delivery_date":1795953600000}`, []result.DeliveryReport{whole}},
		"objects":                  {`{"message_id":"sms_1","number":{"number":"+33 6 12 34 56 78","country":"FR"},"status":{"name":"DELIVERED"},"delivery_date":{"date":"2026-11-29 13:00:00.000000","timezone_type":3,"timezone":"Europe/Paris"}}`, []result.DeliveryReport{whole}},
		"other names":              {"\ufeff" + `{"messageId":"sms_1","phone_number":"0033612345678","Status":"Delivered","deliveryDate":"2026-11-29T13:00:00+0100"}`, []result.DeliveryReport{whole}},
		"no date":                  {`{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED"}`, []result.DeliveryReport{undated}},
		"a strange date":           {`{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED","delivery_date":"yesterday"}`, []result.DeliveryReport{undated}},
		"a date of long ago":       {`{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED","delivery_date":"0000-00-00 00:00:00"}`, []result.DeliveryReport{undated}},
		"Latin-1 in another field": {"{\"message_id\":\"sms_1\",\"number\":\"+33612345678\",\"status\":\"DELIVERED\",\"list_name\":\"caf\xe9\"}", []result.DeliveryReport{undated}},
		"one of two is of no use":  {`[{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED"},{"message_id":"a b","number":"+33612345678","status":"DELIVERED"}]`, []result.DeliveryReport{undated}},
	} {
		k := &kept{}
		if status, what := receive(t, k, Deliveries, c.body); status != http.StatusOK || what != Stored {
			t.Errorf("%s: got %d, %s, want 200 and stored", name, status, what)
		}
		if diff := cmp.Diff(c.want, k.reports); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing": "", "white space": " \n", "half an object": `{"message_id":`, "a text": `"DELIVERED"`, "an empty list": "[]", "a list of numbers": "[1,2]",
		"no ticket": `{"number":"+33612345678","status":"DELIVERED"}`, "no number": `{"message_id":"sms_1","status":"DELIVERED"}`, "no status": `{"message_id":"sms_1","number":"+33612345678"}`,
		"a ticket that would name another key":  `{"message_id":"x}:y","number":"+33612345678","status":"DELIVERED"}`,
		"a status that is an object of objects": `{"message_id":"sms_1","number":"+33612345678","status":{"name":{"name":"DELIVERED"}}}`,
		"a bad form":                            "message_id=%zz", "binary": "\x00\xff\xfe\x01", "deep": strings.Repeat("[", 50_000), "many": "[" + strings.Repeat(`{"message_id":"sms_1"},`, 20_000) + "{}]",
	} {
		k := &kept{}
		if status, what := receive(t, k, Deliveries, body); status != http.StatusBadRequest || what != Unreadable || len(k.reports) > 0 {
			t.Errorf("%s: got %d, %s and %+v, want 400, unreadable and nothing stored", name, status, what, k.reports)
		}
	}
	if status, what := receive(t, &kept{}, Deliveries, strings.Repeat(" ", maxBody+1)); status != http.StatusRequestEntityTooLarge || what != Unreadable {
		t.Errorf("more than the bound: got %d, %s, want 413", status, what)
	}
}

func TestRepliesAndOptOuts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
	k := &kept{}
	receive(t, k, Replies, `{"message_id":"sms_1","number":"+33612345678","text":" Oui ! ","sim_card_number":"+337","reception_date":"2026-07-01 12:00:00"}`)
	receive(t, k, Replies, "message_id=sms_1&number=33612345678&text=caf%E9&reception_date=2026-07-01+12:00:00")
	receive(t, k, Replies, `{"number":"+33612345678","text":"`+strings.Repeat("é", 3000)+`"}`)
	if len(k.replies) != 3 {
		t.Fatalf("got %d replies, want 3", len(k.replies))
	}
	if got := len(k.replies[2].Text); got > 2000 {
		t.Errorf("a long text: got %d bytes, want 2000 at most", got)
	}
	want := []result.Inbound{{Ticket: "sms_1", Number: "+33612345678", Text: "Oui !", At: at}, {Ticket: "sms_1", Number: "+33612345678", Text: "café", At: at}}
	if diff := cmp.Diff(want, k.replies[:2]); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	receive(t, k, OptOuts, `{"message_id":"sms_1","number":"+33612345678","text":"STOP","stop_date":"2026-07-01 12:00:00"}`)
	receive(t, k, OptOuts, `{"number":"0612345678"}`)
	want = []result.Inbound{{Ticket: "sms_1", Number: "+33612345678", Text: "STOP", At: at}, {Number: "0612345678"}}
	if diff := cmp.Diff(want, k.optOuts); diff != "" {
		t.Errorf("opt-outs (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeStoredIsToBeSentAgain(t *testing.T) {
	t.Parallel()
	k := &kept{fail: errors.New("redis is away")}
	if status, what := receive(t, k, OptOuts, `{"number":"+33612345678"}`); status != http.StatusServiceUnavailable || what != Unavailable {
		t.Errorf("got %d, %s, want 503", status, what)
	}
}

// How long ago something had happened is noted once it is stored, of what says when.
func TestTheDelayOfWhatWasStored(t *testing.T) {
	t.Parallel()
	hourAgo := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	ahead := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	body := fmt.Sprintf(`[{"number":"+33612345678","stop_date":%q},{"number":"+33612345679"},{"number":"+33612345670","stop_date":%q}]`, hourAgo, ahead)
	for _, fail := range []error{nil, errors.New("redis is away")} {
		var got []time.Duration
		r := &Receiver{
			Store: &kept{fail: fail}, Counted: func(string, Topic, string) {}, OnError: func(string, error) {},
			Arrived: func(account string, topic Topic, after time.Duration) {
				if account != "shop" || topic != OptOuts {
					t.Errorf("got %s, %s", account, topic)
				}
				got = append(got, after)
			},
		}
		r.Receive(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body)), "shop", OptOuts)
		if fail != nil && len(got) != 0 {
			t.Errorf("not stored: got %v, want none", got)
		}
		if fail == nil && (len(got) != 2 || got[0].Round(time.Minute) != time.Hour || got[1] != 0) {
			t.Errorf("got %v, want an hour, and 0 of a clock that is ahead", got)
		}
	}
}

func TestSecretsAdmitTheirAccountAlone(t *testing.T) {
	t.Parallel()
	present, err := NewSecrets(secret, "")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := NewSecrets("another secret of callbacks", secret)
	if err != nil {
		t.Fatal(err)
	}
	// By another implementation: printf %s shop | openssl dgst -sha256 -hmac "$secret"
	if got, want := present.Of("shop"), "105d9a0fde941ee266832ee09d8a046b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, c := range []struct {
		secrets Secrets
		account string
		secret  string
		want    bool
	}{
		{present, "shop", present.Of("shop"), true}, {present, "shop", present.Of("other"), false}, {present, "shop", "", false},
		{present, "shop", present.Of("shop")[:31], false}, {present, "shop", strings.ToUpper(present.Of("shop")), false},
		{changed, "shop", present.Of("shop"), true}, {changed, "shop", changed.Of("shop"), true}, {present, "shop", changed.Of("shop"), false},
	} {
		if got := c.secrets.Admit(c.account, c.secret); got != c.want {
			t.Errorf("%s: got %v, want %v", c.account, got, c.want)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", present, present, present); strings.Contains(text, secret) || strings.Contains(text, present.Of("shop")) {
		t.Errorf("secrets print themselves: %s", text)
	}
	if _, err := NewSecrets("short", ""); err == nil {
		t.Error("a short secret: got none, want an error")
	}
	if none, err := NewSecrets("", ""); err != nil || none.Set() || none.Admit("shop", "") {
		t.Errorf("no secret: got %+v, %v, want nothing admitted", none, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED"}`))
	f.Add([]byte("message_id=sms_1&number=%2B336"))
	f.Add([]byte(`[{"number":{"value":[1e400]}}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := read(body)
		if (err == nil) != (len(all) > 0) {
			t.Fatalf("got %d reports and %v", len(all), err)
		}
		for _, one := range all {
			if r, ok := one.report(); ok && (!result.ValidTicket(r.Ticket) || r.Number == "" || r.Status == "") {
				t.Errorf("got %+v, want a whole report", r)
			}
			if m, ok := one.reply(); ok && (m.Number == "" || len(m.Text) > 2000) {
				t.Errorf("got %+v, want a number and a bounded text", m)
			}
		}
	})
}
