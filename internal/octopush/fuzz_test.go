package octopush

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func FuzzDecodeAnswer(f *testing.F) {
	for i, call := range calls() {
		f.Add(uint8(i), goodStatus(call), []byte(goodBody(call)), false)
	}
	for _, body := range []string{
		`{"code":121,"message":"Mention STOP is missing."}`, `{"code":"132"}`, `{"code":0,"CODE":1}`, `[`, `null`, `{"cost":1e99}`,
		"\xef\xbb\xbf{}", `{"message":{"a":[1,"\ud800"]}}`, `{"ticket":1}`, `{"":0}`, "{\"\xff\":1}",
	} {
		f.Add(uint8(0), 400, []byte(body), false)
		f.Add(uint8(1), 200, []byte(body), true)
	}
	c, err := New(Config{Login: testLogin, Key: testKey})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, n uint8, status int, body []byte, cut bool) {
		call := calls()[int(n)%len(calls())]
		a := answer{status: status, body: body}
		if cut {
			a.err = errors.New("cut: " + string(body))
		}
		checkOutcome(t, call, c.presentable(interpret(call, a)))
	})
}

// checkOutcome holds what is true of every outcome.
func checkOutcome(t *testing.T, call campaign.Call, o record.Outcome) {
	t.Helper()
	ok := o.Class == record.ClassOK
	switch {
	case !slices.Contains(record.Classes(), o.Class):
		t.Errorf("class: got %q, want one of the closed set", o.Class)
	case len(o.Message) > maxMessage || !utf8.ValidString(o.Message) || oneLine(o.Message) != o.Message:
		t.Errorf("message: got %q, want one short line", o.Message)
	case !ok && o.Message == "":
		t.Errorf("message of %v: got none", o.Class)
	case ok && (o.HTTPStatus < 200 || o.HTTPStatus > 299 || o.Code != 0):
		t.Errorf("ok: got HTTP %d, code %d", o.HTTPStatus, o.Code)
	case (o.Ticket != "") != (ok && call == campaign.CallCreate):
		t.Errorf("ticket: got %q for %s, %v", o.Ticket, call, o.Class)
	case (o.Progress != "") != (ok && call == campaign.CallStatus):
		t.Errorf("progress: got %q for %s, %v", o.Progress, call, o.Class)
	case o.StatusWord != "" && o.Progress != record.ProgressUnknown, len(o.StatusWord) > maxStatusWord, oneLine(o.StatusWord) != o.StatusWord:
		t.Errorf("status word: got %q with progress %q", o.StatusWord, o.Progress)
	case o.NoContacts && (o.Progress != record.ProgressReady || o.Contacts != 0):
		t.Errorf("no contacts: got it with progress %q and %d contacts", o.Progress, o.Contacts)
	case o.Cost < 0 || o.Contacts < 0 || len(o.SendingDate) > maxSendingDate || len(o.Ticket) > maxTicket:
		t.Errorf("bounds: got %+v", o)
	}
}
