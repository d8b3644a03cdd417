package clients

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is otherwise than a fact has it is noticed, whatever it is.
func TestDifferencesAreNoticed(t *testing.T) {
	t.Parallel()
	const number = "sms_0123456789abc"
	want := fact{
		Sends: request{
			Method: "POST", Path: "/send", Query: "a=b",
			Headers: map[string]string{"api-key": "k"}, Body: map[string]any{"ticket_number": number},
		},
		Answers: answer{201, map[string]any{"ticket_number": "<ticket>", "dates": []any{"<moment>"}}},
		Journal: map[string]any{"call": "send"},
		Makes:   map[string]any{"result": "<ticket>"},
	}
	for _, tt := range []struct {
		name   string
		change func(*observed)
		want   string // how the one difference begins; empty for none
	}{
		{"nothing", func(*observed) {}, ""},
		{"more in the journal and headers", func(o *observed) { o.journal[0]["seq"], o.exchanges[0].sent.Headers["accept"] = 1, "*/*" }, ""},
		{"no client", func(o *observed) { o.made = nil }, ""},
		{"no request", func(o *observed) { o.exchanges = nil }, "got 0 requests"},
		{"two requests", func(o *observed) { o.exchanges = append(o.exchanges, o.exchanges[0]) }, "got 2 requests"},
		{"two calls", func(o *observed) { o.journal = append(o.journal, o.journal[0]) }, "got 1 requests and 2 calls"},
		{"method", func(o *observed) { o.exchanges[0].sent.Method = "PUT" }, "method"},
		{"path", func(o *observed) { o.exchanges[0].sent.Path = "/send%20" }, "path"},
		{"query", func(o *observed) { o.exchanges[0].sent.Query = "" }, "query"},
		{"header", func(o *observed) { o.exchanges[0].sent.Headers["api-key"] = "K" }, "headers"},
		{"missing header", func(o *observed) { delete(o.exchanges[0].sent.Headers, "api-key") }, "headers"},
		{"body", func(o *observed) { o.exchanges[0].sent.Body = nil }, "body"},
		{"status", func(o *observed) { o.exchanges[0].answered.Status = 200 }, "status"},
		{"field of the answer", func(o *observed) { o.exchanges[0].answered.Body.(map[string]any)["code"] = 0 }, "answer"},
		{"no ticket", func(o *observed) { o.exchanges[0].answered.Body.(map[string]any)["ticket_number"] = "sms_1" }, "answer"},
		{"no moment", func(o *observed) { o.exchanges[0].answered.Body.(map[string]any)["dates"] = []any{"2026-01-01"} }, "answer"},
		{"more of a list", func(o *observed) {
			o.exchanges[0].answered.Body.(map[string]any)["dates"] = []any{"2026-01-01T00:00:00+00:00", 1}
		}, "answer"},
		{"journal", func(o *observed) { o.journal[0]["call"] = "create" }, "journal"},
		{"made", func(o *observed) { o.made = map[string]any{"threw": "it"} }, "what the client makes of it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := observed{
				exchanges: []exchange{{
					sent: request{
						Method: "POST", Path: "/send", Query: "a=b",
						Headers: map[string]string{"api-key": "k"}, Body: map[string]any{"ticket_number": number},
					},
					answered: answer{201, map[string]any{"ticket_number": number, "dates": []any{"2026-01-01T00:00:00+00:00"}}},
				}},
				journal: []map[string]any{{"call": "send"}},
				made:    map[string]any{"result": number},
			}
			tt.change(&o)
			got := want.differences(o, tickets{})
			if tt.want == "" && len(got) != 0 || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want)) {
				t.Errorf("got %q, want one difference that begins with %q", got, tt.want)
			}
		})
	}
}

// A ticket has one number in all facts of a table, those that come later included.
func TestTicketsKeepTheirNumbers(t *testing.T) {
	t.Parallel()
	known := tickets{}
	if got := known.fill("<ticket>", "sms_0123456789abc"); got != "sms_0123456789abc" {
		t.Fatalf("got %v, want the number", got)
	}
	tb := table{facts: []json.RawMessage{[]byte(`{"do":{"with":"<ticket>"},"sends":{"query":"n=<ticket>"},"answers":{"body":"<ticket 2>"}}`)}}
	f, err := tb.fact(0, known)
	if err != nil || f.Sends.Query != "n=sms_0123456789abc" || string(f.Do) != `{"with":"sms_0123456789abc"}` || f.Answers.Body != "<ticket 2>" {
		t.Errorf("got %+v, %v, want the number of the first ticket, and the name of the other", f, err)
	}
	tb.facts[0] = []byte(`{"sent":{}}`)
	if _, err := tb.fact(0, known); err == nil {
		t.Error("a field that no fact has: got no error")
	}
}
