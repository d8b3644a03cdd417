package octopush

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// What good and nearly good answers are read as, without regard to messages.
func TestAnswersAreRead(t *testing.T) {
	t.Parallel()
	ticket := func(s string) record.Outcome { return record.Outcome{Class: record.ClassOK, Ticket: s} }
	status := func(p record.Progress, contacts int, cost campaign.Money) record.Outcome {
		return record.Outcome{Class: record.ClassOK, Progress: p, Contacts: contacts, Cost: cost}
	}
	balance := func(m campaign.Money) record.Outcome { return record.Outcome{Class: record.ClassOK, Balance: m} }
	date := func(s string, at time.Time) record.Outcome {
		return record.Outcome{Class: record.ClassOK, SendingDate: s, SendingAt: at}
	}
	word := func(s string, contacts int, cost campaign.Money) record.Outcome {
		o := status(record.ProgressUnknown, contacts, cost)
		o.StatusWord = s
		return o
	}
	noContacts := func(cost campaign.Money) record.Outcome {
		o := status(record.ProgressReady, 0, cost)
		o.NoContacts = true
		return o
	}
	noon := time.Date(2021, time.June, 1, 9, 0, 0, 0, time.UTC)
	ok := record.Outcome{Class: record.ClassOK}
	unanswered := record.Outcome{Class: record.ClassUnanswered}

	for _, tt := range []struct {
		call campaign.Call
		body string
		want record.Outcome
	}{
		{campaign.CallCreate, `{"ticket_number":"sms_5f3fbce61266e"}`, ticket("sms_5f3fbce61266e")},
		{campaign.CallCreate, `{"ticket_number":"sms_1","code":0}`, ticket("sms_1")},
		{campaign.CallCreate, `{"ticket_number":"sms_1","code":"0"}`, ticket("sms_1")},
		{campaign.CallCreate, `{"ticket_number":"sms_1","code":null}`, ticket("sms_1")},
		{campaign.CallCreate, "\xef\xbb\xbf \n{\"ticket_number\":\"sms_1\"}\r\n", ticket("sms_1")},
		{campaign.CallCreate, `{"sms_ticket":"sms_1"}`, ticket("sms_1")},
		{campaign.CallCreate, `{"ticket":"sms_1"}`, ticket("sms_1")},
		{campaign.CallCreate, `{"Ticket_Number":"sms_1"}`, ticket("sms_1")},
		{campaign.CallCreate, `{"ticket":"c","sms_ticket":"b","ticket_number":"a"}`, ticket("a")},
		{campaign.CallCreate, `{"ticket_number":null,"sms_ticket":"","ticket":"c"}`, ticket("c")},
		{campaign.CallCreate, `{"ticket_number":12345678901234567890}`, ticket("12345678901234567890")},
		{campaign.CallCreate, `{"ticket_number":"` + strings.Repeat("a", 64) + `"}`, ticket(strings.Repeat("a", 64))},
		{campaign.CallCreate, `{"ticket_number":"` + strings.Repeat("a", 65) + `"}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"a b"}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"../x"}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"é"}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"a~b","ticket":"c"}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":1.5}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":-1}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":true}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":{"a":1}}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":""}`, unanswered},
		{campaign.CallCreate, `{}`, unanswered},
		{campaign.CallCreate, ``, unanswered},
		{campaign.CallCreate, `"sms_1"`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"a","ticket_number":"b"}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"a","code":false}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"a","code":0.5}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"a","code":99999999999999999999}`, unanswered},
		{campaign.CallCreate, `{"ticket_number":"a","code":0,"Code":121}`, unanswered},

		{campaign.CallStatus, `{"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_send"}`, status(record.ProgressReady, 20, 25_800)},
		{campaign.CallStatus, `{"number_of_contacts":"20","cost":"2.58","status":"ready_to_be_sent"}`, status(record.ProgressReady, 20, 25_800)},
		{campaign.CallStatus, `{"cost":0.0485,"status":" Ready_To_Be_Sent "}`, status(record.ProgressReady, 0, 485)},
		{campaign.CallStatus, `{"status":"under_computation"}`, status(record.ProgressComputing, 0, 0)},
		{campaign.CallStatus, `{"status":"under_computation","cost":null,"number_of_contacts":3}`, status(record.ProgressComputing, 3, 0)},
		{campaign.CallStatus, `{"status":"failed","cost":"none"}`, status(record.ProgressFailed, 0, 0)},
		{campaign.CallStatus, `{"status":"validated","cost":1}`, word("validated", 0, 10_000)},
		{campaign.CallStatus, `{"status":"sending"}`, word("sending", 0, 0)},
		{campaign.CallStatus, `{"status":7}`, word("7", 0, 0)},
		{campaign.CallStatus, `{"status":["failed"]}`, word(`["failed"]`, 0, 0)},
		{campaign.CallStatus, `{"status":"a\r\n\u001b[31mb"}`, word("a [31mb", 0, 0)},
		{campaign.CallStatus, `{"status":"` + strings.Repeat("é", 40) + `"}`, word(strings.Repeat("é", 30)+"…", 0, 0)},
		{campaign.CallStatus, `{"status":null}`, word("", 0, 0)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":0,"number_of_contacts":0}`, noContacts(0)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":"0.00","number_of_contacts":"0"}`, noContacts(0)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":1.5,"number_of_contacts":0}`, noContacts(15_000)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":0,"number_of_contacts":null}`, noContacts(0)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":0}`, noContacts(0)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":0,"number_of_contacts":20.0}`, status(record.ProgressReady, 20, 0)},
		{campaign.CallStatus, `{"status":"under_computation","cost":0,"number_of_contacts":0}`, status(record.ProgressComputing, 0, 0)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":"2,58","number_of_contacts":20}`, unanswered},
		{campaign.CallStatus, `{}`, status(record.ProgressUnknown, 0, 0)},
		{campaign.CallStatus, `{"status":"ready_to_be_sent"}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":null}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":-1}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":-0.00001}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":1e30}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":true}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":1,"number_of_contacts":-1}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":1,"number_of_contacts":1e3}`, unanswered},
		{campaign.CallStatus, `{"status":"ready_to_be_sent","cost":1,"number_of_contacts":999999999999}`, unanswered},
		{campaign.CallStatus, ``, unanswered},

		{campaign.CallConfirm, `{"sending_date":"2021-06-01T12:00:00+03:00"}`, date("2021-06-01T12:00:00+03:00", noon)},
		{campaign.CallConfirm, `{"sending_date":"2021-06-01\u000012:00"}`, date("2021-06-01 12:00", time.Time{})},
		{campaign.CallConfirm, `{"sending_date":"2021-06-01T11:00:00+0200"}`, date("2021-06-01T11:00:00+0200", noon)},
		{campaign.CallConfirm, `{"sending_date":"2021-06-01 11:00:00"}`, date("2021-06-01 11:00:00", noon)},
		{campaign.CallConfirm, `{"sending_date":"2021-12-01T10:00:00"}`, date("2021-12-01T10:00:00", noon.AddDate(0, 6, 0))},
		{campaign.CallConfirm, `{"sending_date":"tomorrow"}`, date("tomorrow", time.Time{})},
		{campaign.CallConfirm, `{"sending_date":1622538000}`, date("1622538000", time.Time{})},
		{campaign.CallConfirm, `{"sending_date":null}`, ok},
		{campaign.CallConfirm, `{"code":0}`, ok},
		{campaign.CallConfirm, `{}`, ok},
		{campaign.CallConfirm, ``, unanswered},
		{campaign.CallConfirm, `[]`, unanswered},
		{campaign.CallConfirm, `null`, unanswered},
		{campaign.CallConfirm, `{"sending_date":"2021`, unanswered},
		{campaign.CallConfirm, `{"sending_date":"2021"} <b>Notice</b>`, unanswered},
		{campaign.CallConfirm, `<html>OK</html>`, unanswered},

		{campaign.CallCancel, ``, ok},
		{campaign.CallCancel, " \r\n", ok},
		{campaign.CallCancel, `{"code":0}`, ok},
		{campaign.CallCancel, `{}`, ok},
		{campaign.CallCancel, `OK`, unanswered},
		{campaign.CallCancel, `{"code":"x"}`, unanswered},

		{campaign.CallBalance, `{"amount":12.54,"unit":"euros"}`, balance(125_400)},
		{campaign.CallBalance, `{"amount":"12.54","unit":"EUR"}`, balance(125_400)},
		{campaign.CallBalance, `{"amount":0}`, balance(0)},
		{campaign.CallBalance, `{"amount":-3.2,"unit":"euros"}`, balance(-32_000)},
		{campaign.CallBalance, `{"amount":250,"unit":"sms"}`, unanswered},
		{campaign.CallBalance, `{"unit":"euros"}`, unanswered},
		{campaign.CallBalance, ``, unanswered},
	} {
		t.Run(string(tt.call)+" "+tt.body, func(t *testing.T) {
			t.Parallel()
			c := setup(t, answerWith(200, tt.body))
			got := c.Do(t.Context(), request(tt.call))
			if tt.want.Class != record.ClassOK && got.Message == "" {
				t.Error("message: got none")
			}
			got.Message = ""
			tt.want.HTTPStatus = 200
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocumentedRefusalIsReturnedWhole(t *testing.T) {
	t.Parallel()
	c := setup(t, answerWith(400, `{"code":121,"message":"Mention STOP is missing."}`))
	got := c.Do(t.Context(), request(campaign.CallCreate))
	want := record.Outcome{
		Class: record.ClassRejected, Code: record.CodeStopMissing, HTTPStatus: 400, Message: "Mention STOP is missing.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

func TestContentTypeDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"", "text/html", "text/plain; charset=iso-8859-1", "garbage"} {
		c := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{typ}
			_, _ = w.Write([]byte(goodBody(campaign.CallCreate)))
		})
		wantClass(t, c.Do(t.Context(), request(campaign.CallCreate)), record.ClassOK)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"control characters", 400, `{"message":"a\r\n\tb\u0000c\u001b[31m\u202e\u2028d"}`, "a b c [31m d"},
		{"broken UTF-8", 400, "{\"message\":\"a\xffb\"}", "a\uFFFDb"},
		{"no text", 400, `{"message":{"text":["is <required>"]}}`, `{"text":["is <required>"]}`},
		{"a number", 400, `{"message":42}`, "42"},
		{"errors", 422, `{"message":"The given data was invalid.","errors":{"text":["is required"],"sender":["is too long","has a space"]}}`,
			"The given data was invalid: sender: is too long, has a space; text: is required"},
		{"errors alone", 422, `{"errors":{"sender":["is too long"]}}`, "sender: is too long"},
		{"errors in a list", 400, `{"code":121,"message":"No.","errors":["a",{"b":"c"},null,7,true]}`, "No: a, b: c, , 7, true"},
		{"errors in a text", 400, `{"message":"No","errors":"why"}`, "No: why"},
		{"errors of nothing", 400, `{"message":"No.","errors":{}}`, "No."},
		{"errors behind a long message", 422, `{"message":"` + strings.Repeat("x", 201) + `","errors":{"sender":["is too long"]}}`,
			"sender: is too long (" + strings.Repeat("x", 201) + ")"},
		{"errors that would break the line", 422, `{"errors":{"a\n\u001b[2J":["\u202eb"]}}`, "a [2J: b"},
		{"errors with 200", 200, `{"code":121,"message":"No.","errors":{"text":["no STOP"]}}`, "No: text: no STOP"},
		{"code that is no number", 400, `{"code":"E42","message":"no"}`, "no (code E42)"},
		{"code that is no number, alone", 503, `{"code":{"a":1}}`, `code {"a":1}`},
		{"none", 400, `{"code":999}`, "HTTP 400 with code 999 and no message"},
		{"neither", 404, `{}`, "HTTP 404 without code and message"},
		{"empty", 502, ``, "HTTP 502 with an empty answer"},
		{"garbage", 502, `<html>`, "HTTP 502 with an answer that cannot be read"},
		{"long body", 502, strings.Repeat(" ", maxBody+1), "HTTP 502 with an answer that is longer than 64 KiB"},
		{"redirect", 302, ``, "HTTP 302, a redirect, which is not followed: check the base URL"},
		{"contradiction", 200, `{"code":998,"message":"odd"}`, "odd"},
		{"without a ticket", 201, `{"message":"done"}`, "HTTP 201 without a ticket: done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := setup(t, answerWith(tt.status, tt.body))
			if got := c.Do(t.Context(), request(campaign.CallCreate)).Message; got != tt.want {
				t.Errorf("message: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLongMessagesAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	for pad := range 5 {
		long := strings.Repeat("x", pad) + strings.Repeat("€", 400)
		c := setup(t, answerWith(400, `{"message":"`+long+`"}`))
		got := c.Do(t.Context(), request(campaign.CallCreate)).Message
		head, cut := strings.CutSuffix(got, "…")
		if len(got) > 500 || len(got) < 495 || !cut || !utf8.ValidString(got) || !strings.HasPrefix(long, head) {
			t.Errorf("message of %d bytes: got %q, want a prefix of 500 bytes or hardly less", len(got), got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0": 0, "-1": 0, "1.5": 0, "soon": 0,
		"86400": 24 * time.Hour, "86401": 24 * time.Hour, "99999999999999999999999": 24 * time.Hour,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		now.AddDate(5, 0, 0).Format(http.TimeFormat):      24 * time.Hour,
	} {
		h := http.Header{}
		h.Set("Retry-After", v)
		if got := retryAfter(h, now); got != want {
			t.Errorf("Retry-After %q: got %v, want %v", v, got, want)
		}
	}
}

func TestRetryAfterIsReadFromAnyAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{201, 302, 400, 429, 503} {
		c := setup(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7")
			answerWith(status, goodBody(campaign.CallCreate))(w, r)
		})
		if got, want := c.Do(t.Context(), request(campaign.CallCreate)).RetryAfter, 7*time.Second; got != want {
			t.Errorf("HTTP %d: got %v, want %v", status, got, want)
		}
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]campaign.Money{
		"0": 0, "2.58": 25_800, "0.0485": 485, "12": 120_000, "-3.2": -32_000, "1e3": 10_000_000, "2.5E-1": 2_500,
		"2.5800000000000001": 25_800, "2.5799999999999998": 25_800, "0.00005": 1, "0.00004": 0, "-0.00005": -1,
		"0.00014999999999999999999999": 1, "1000000000": 10_000_000_000_000,
	} {
		if got, ok := money(value{kindNumber, text}); !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "-", ".", "1.", ".5", "+1", "1/3", "0x10", "1_000", "2,58", "1 000", "NaN", "Inf", "1e", "1e+", "1e+-5",
		"1e999", "1000000001", "-1000000001", "1e99", "1e999999999", "0." + strings.Repeat("1", 41), "١",
	} {
		if got, ok := money(value{kindText, text}); ok {
			t.Errorf("%q: got %v, want it refused", text, got)
		}
	}
}
