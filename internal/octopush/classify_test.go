package octopush

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// The API's table of codes, written out once more by class.
var codes = map[record.Class]string{
	record.ClassAccount:   "401 403 101 104 105 108 109 113 114 207 300",
	record.ClassDuplicate: "120 182 133",
	record.ClassPending:   "127 129 130",
	record.ClassDone:      "132",
	record.ClassTransient: "125 126 153 206 438 500 501",
	record.ClassRejected: "100 102 103 106 107 110 111 112 115 116 117 118 119 121 122 123 124 128 131 134 139 142 150 151 152 " +
		"181 189 201 202 203 204 205 208 209 210 301 302 303 304 305 306 308 1340 1341",
}

func knownCodes(t *testing.T) map[int]record.Class {
	t.Helper()
	known := map[int]record.Class{}
	for class, list := range codes {
		for field := range strings.FieldsSeq(list) {
			code, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			known[code] = class
		}
	}
	return known
}

// A known code decides, whatever the call and the HTTP status.
func TestKnownCodesDecideBeforeTheStatus(t *testing.T) {
	t.Parallel()
	known := knownCodes(t)
	for code := -1; code <= 2000; code++ {
		want, ok := known[code]
		if got, knows := classOfCode(code); got != want || knows != ok {
			t.Errorf("code %d: got %v, want %v", code, got, want)
		}
	}
	for code, want := range known {
		for _, call := range calls() {
			for _, status := range []int{200, 201, 302, 400, 401, 403, 404, 422, 429, 500, 503} {
				for _, form := range []string{`%d`, `"%d"`, `" %d "`, `%d.0`, `"%d.00"`} {
					body := fmt.Sprintf(`{"code":`+form+`}`, code)
					o := interpret(call, answer{status: status, body: []byte(body)})
					if o.Class != want || o.Code != code || o.Ticket != "" {
						t.Fatalf("%s, HTTP %d, %s: got %v (code %d), want %v", call, status, body, o.Class, o.Code, want)
					}
				}
			}
		}
	}
}

// Every HTTP status, with bodies that hold no known code. Each row is a range
// of statuses; the columns are what the five calls make of it.
func TestEveryStatus(t *testing.T) {
	t.Parallel()
	const (
		ok         = record.ClassOK
		unanswered = record.ClassUnanswered
		transient  = record.ClassTransient
		unknown    = record.ClassUnknown
		pending    = record.ClassPending
		account    = record.ClassAccount
	)
	type row struct {
		from, to                                 int
		create, status, confirm, cancel, balance record.Class
	}
	same := func(from, to int, c record.Class) row { return row{from, to, c, c, c, c, c} }
	unclear := func(from, to int) row { return row{from, to, unanswered, transient, unanswered, unanswered, transient} }
	// refusals are the same for every body that is complete.
	refusals := []row{
		unclear(100, 199), unclear(300, 399),
		{400, 400, unknown, pending, unknown, unknown, unknown},
		same(401, 401, account), same(402, 402, unknown), same(403, 403, account), same(404, 407, unknown),
		same(408, 408, transient), same(409, 424, unknown), same(425, 425, transient), same(426, 428, unknown),
		same(429, 429, record.ClassThrottled), same(430, 499, unknown), same(500, 599, transient), unclear(600, 999),
	}
	cut := []row{
		unclear(100, 199), same(200, 299, unanswered), unclear(300, 399),
		same(400, 400, unanswered), same(401, 401, account), same(402, 402, unanswered), same(403, 403, account), same(404, 407, unanswered),
		same(408, 408, transient), same(409, 424, unanswered), same(425, 425, transient), same(426, 428, unanswered),
		same(429, 429, record.ClassThrottled), same(430, 499, unanswered), same(500, 599, transient), unclear(600, 999),
	}
	with := func(r row) []row { return append([]row{r}, refusals...) }
	for _, tt := range []struct {
		name string
		a    answer
		rows []row
	}{
		{"empty object", answer{body: []byte(`{}`)}, with(row{200, 299, unanswered, ok, ok, ok, unanswered})},
		{"code 0", answer{body: []byte(`{"code":0}`)}, with(row{200, 299, unanswered, ok, ok, ok, unanswered})},
		{"good create", answer{body: []byte(`{"ticket":"t"}`)}, with(row{200, 299, ok, ok, ok, ok, unanswered})},
		{"good balance", answer{body: []byte(`{"amount":1}`)}, with(row{200, 299, unanswered, ok, ok, ok, ok})},
		{"unknown code", answer{body: []byte(`{"code":999,"ticket":"t","amount":1}`)}, with(unclear(200, 299))},
		{"negative code", answer{body: []byte(`{"code":-1,"ticket":"t","amount":1}`)}, with(unclear(200, 299))},
		{"unknown code in a text", answer{body: []byte(`{"code":"999","ticket":"t","amount":1}`)}, with(unclear(200, 299))},
		{"unknown code of a float", answer{body: []byte(`{"code":999.0,"ticket":"t","amount":1}`)}, with(unclear(200, 299))},
		{"half a code", answer{body: []byte(`{"code":121.5,"ticket":"t","amount":1}`)}, with(same(200, 299, unanswered))},
		{"code with an exponent", answer{body: []byte(`{"code":121e0,"ticket":"t","amount":1}`)}, with(same(200, 299, unanswered))},
		{"huge code", answer{body: []byte(`{"code":99999999999999999999,"ticket":"t","amount":1}`)}, with(same(200, 299, unanswered))},
		{"code of true", answer{body: []byte(`{"code":true,"ticket":"t","amount":1}`)}, with(same(200, 299, unanswered))},
		{"code of a list", answer{body: []byte(`{"code":[121],"ticket":"t","amount":1}`)}, with(same(200, 299, unanswered))},
		{"errors", answer{body: []byte(`{"message":"invalid","errors":{"sender":["too long"]}}`)}, with(row{200, 299, unanswered, ok, ok, ok, unanswered})},
		{"white space", answer{body: []byte(" \r\n")}, with(row{200, 299, unanswered, unanswered, unanswered, ok, unanswered})},
		{"null", answer{body: []byte(`null`)}, with(same(200, 299, unanswered))},
		{"a text", answer{body: []byte(`"t"`)}, with(same(200, 299, unanswered))},
		{"a number", answer{body: []byte(`121`)}, with(same(200, 299, unanswered))},
		{"NUL", answer{body: []byte("{}\x00")}, with(same(200, 299, unanswered))},
		{"empty", answer{}, with(row{200, 299, unanswered, unanswered, unanswered, ok, unanswered})},
		{"HTML", answer{body: []byte(`<html>`)}, with(same(200, 299, unanswered))},
		{"array", answer{body: []byte(`[]`)}, with(same(200, 299, unanswered))},
		{"half an object", answer{body: []byte(`{"ticket":"t"`)}, with(same(200, 299, unanswered))},
		{"two objects", answer{body: []byte(`{}{}`)}, with(same(200, 299, unanswered))},
		{"code that is none", answer{body: []byte(`{"code":"E1"}`)}, with(same(200, 299, unanswered))},
		{"twice the code", answer{body: []byte(`{"code":121,"code":0}`)}, with(same(200, 299, unanswered))},
		{"too long", answer{err: errTooLong}, with(same(200, 299, unanswered))},
		{"cut", answer{err: http.ErrBodyReadAfterClose}, cut},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			covered := 0
			for _, r := range tt.rows {
				want := map[campaign.Call]record.Class{
					campaign.CallCreate: r.create, campaign.CallStatus: r.status, campaign.CallConfirm: r.confirm,
					campaign.CallCancel: r.cancel, campaign.CallBalance: r.balance,
				}
				for status := r.from; status <= r.to; status++ {
					covered++
					tt.a.status = status
					for _, call := range calls() {
						if got := interpret(call, tt.a); got.Class != want[call] || got.HTTPStatus != status {
							t.Errorf("%s, HTTP %d: got %v, want %v", call, status, got.Class, want[call])
						}
					}
				}
			}
			if covered != 900 {
				t.Errorf("statuses: got %d, want 900", covered)
			}
		})
	}
}

// The same through the wire, for the statuses net/http treats in its own way.
func TestStatusesOverTheWire(t *testing.T) {
	t.Parallel()
	for _, status := range []int{
		200, 201, 202, 204, 205, 206, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 403, 404, 405, 407, 408, 411, 413, 415,
		417, 421, 422, 425, 426, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 511, 599, 600, 999,
	} {
		c := setup(t, answerWith(status, ""))
		for _, call := range calls() {
			want := interpret(call, answer{status: status}).Class
			got := c.Do(t.Context(), request(call))
			if got.Class != want || got.HTTPStatus != status {
				t.Errorf("%s, HTTP %d: got %v (HTTP %d), want %v", call, status, got.Class, got.HTTPStatus, want)
			}
		}
	}
}

// The client can produce every class there is.
func TestEveryClassIsProduced(t *testing.T) {
	t.Parallel()
	got := map[record.Class]bool{
		notSent(errTooLate).Class: true,
		noAnswer(errRepeat).Class: true,
	}
	for _, a := range []answer{
		{status: 200, body: []byte(`{}`)}, {status: 400, body: []byte(`{"code":121}`)}, {status: 400, body: []byte(`{"code":127}`)},
		{status: 400, body: []byte(`{"code":120}`)}, {status: 400, body: []byte(`{"code":132}`)}, {status: 401}, {status: 429},
		{status: 503}, {status: 404},
	} {
		got[interpret(campaign.CallConfirm, a).Class] = true
	}
	for _, class := range record.Classes() {
		if !got[class] {
			t.Errorf("class %v: never produced", class)
		}
		delete(got, class)
	}
	for class := range got {
		t.Errorf("class %v: not in the closed set", class)
	}
}
