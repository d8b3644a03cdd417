package octopush

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// seen is what a server saw of a request.
type seen struct {
	Method, URI, ContentType, Body string
	Length                         int64
}

func TestRequestsAreAsDocumented(t *testing.T) {
	t.Parallel()
	ticket := `{"ticket_number":"sms_1"}`
	create := `{"%s","text":"Hello","type":"sms_premium","purpose":"alert","with_replies":false,` +
		`"auto_remove_blacklisted_numbers":false,"request_id":"r1","simulation_mode":false}`
	tests := []struct {
		name string
		call campaign.Call
		c    campaign.Campaign
		want seen
	}{
		{"create on a list", campaign.CallCreate, onList, seen{
			"POST", "/sms-campaign-on-list/create", "application/json",
			strings.Replace(create, "%s", `list_name":"my_list`, 1), 0,
		}},
		{"create on a tag", campaign.CallCreate, onTag, seen{
			"POST", "/sms-campaign-on-tag/create", "application/json",
			strings.Replace(create, "%s", `tag_name":"my_tag`, 1), 0,
		}},
		{"status", campaign.CallStatus, onList, seen{"GET", "/sms-campaign-on-list/status?ticket_number=sms_1", "", "", 0}},
		{"status of a tag", campaign.CallStatus, onTag, seen{"GET", "/sms-campaign-on-list/status?ticket_number=sms_1", "", "", 0}},
		{"confirm on a list", campaign.CallConfirm, onList, seen{"POST", "/sms-campaign-on-list/send", "application/json", ticket, 0}},
		{"confirm on a tag", campaign.CallConfirm, onTag, seen{"POST", "/sms-campaign-on-tag/send", "application/json", ticket, 0}},
		{"cancel", campaign.CallCancel, onList, seen{"DELETE", "/sms-campaign-on-list/cancel", "application/json", ticket, 0}},
		{"cancel of a tag", campaign.CallCancel, onTag, seen{"DELETE", "/sms-campaign-on-list/cancel", "application/json", ticket, 0}},
		{"balance", campaign.CallBalance, campaign.Campaign{}, seen{"GET", "/wallet/check-balance", "", "", 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got seen
			var headers http.Header
			c := setup(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				headers = r.Header
				got = seen{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), string(body), r.ContentLength}
				answerWith(goodStatus(tt.call), goodBody(tt.call))(w, r)
			})
			r := request(tt.call)
			r.Campaign = tt.c
			wantClass(t, c.Do(t.Context(), r), record.ClassOK)

			tt.want.Length = int64(len(tt.want.Body))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			wantHeaders(t, headers)
		})
	}
}

func wantHeaders(t *testing.T, got http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"api-login": testLogin, "api-key": testKey, "User-Agent": "octoq",
		"Accept": "application/json", "Accept-Encoding": "identity", "Idempotency-Key": "",
	} {
		if got.Get(name) != want {
			t.Errorf("header %s: got %q, want %q", name, got.Get(name), want)
		}
	}
}

// The API ignores what it does not know and sends all the same, so the names
// are compared as text, and nothing of octoq's own may be among them.
func TestCreateSendsEveryDocumentedFieldAndNoOther(t *testing.T) {
	t.Parallel()
	no := false
	r := record.Request{Call: campaign.CallCreate, RequestID: "0123456789abcdef", Campaign: campaign.Campaign{
		ID: "our-id", Account: "our-account", ListName: "my_list", Text: `<STOP> & "é" {first_name}`,
		Type: "sms_low_cost", Purpose: "wholesale", Sender: "Company X",
		SendAt:      time.Date(2018, 10, 3, 7, 42, 39, 999, time.FixedZone("", -7*3600)),
		WithReplies: true, AutoOptimizeText: &no, AutoRemoveBlacklistedNumbers: true, SimulationMode: true,
		RecipientTracking: true, Segmentation: "filter",
		NotBefore: time.Unix(1, 0), ExpiresAt: time.Unix(2, 0), Confirm: "manual", MaxCost: 1,
		Labels: map[string]string{"our": "label"},
	}}
	want := map[string]any{
		"list_name": "my_list", "text": `<STOP> & "é" {first_name}`, "type": "sms_low_cost", "purpose": "wholesale",
		"sender": "Company X", "send_at": "2018-10-03T07:42:39-07:00", "with_replies": true,
		"auto_optimize_text": false, "auto_remove_blacklisted_numbers": true, "auto_delete_optout_contacts": true, "request_id": "0123456789abcdef",
		"simulation_mode": true, "recipient_tracking": true, "segmentation": "filter",
	}
	var got map[string]any
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Errorf("body: %v", err)
		}
		answerWith(201, goodBody(campaign.CallCreate))(w, r)
	})
	wantClass(t, c.Do(t.Context(), r), record.ClassOK)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestSendAtAlwaysHasANumericOffset(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if got, want := formatTime(at), "2026-01-02T03:04:05+00:00"; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTicketIsEscaped(t *testing.T) {
	t.Parallel()
	var got string
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.Query().Get("ticket_number")
		answerWith(200, goodBody(campaign.CallStatus))(w, r)
	})
	r := request(campaign.CallStatus)
	r.Ticket = "a&b=c d/../é"
	wantClass(t, c.Do(t.Context(), r), record.ClassOK)
	if got != r.Ticket {
		t.Errorf("ticket: got %q, want %q", got, r.Ticket)
	}
}

// What cannot be asked soundly is not asked at all.
func TestUnsoundRequestsAreNotSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		call campaign.Call
		edit func(*record.Request)
		want string
	}{
		{"no call", "", nil, "no call"},
		{"unknown call", "launch", nil, "no call"},
		{"create without request_id", campaign.CallCreate, func(r *record.Request) { r.RequestID = "" }, "request_id"},
		{"create without purpose", campaign.CallCreate, func(r *record.Request) { r.Campaign.Purpose = "" }, "purpose"},
		{"create without type", campaign.CallCreate, func(r *record.Request) { r.Campaign.Type = "" }, "type"},
		{"create without text", campaign.CallCreate, func(r *record.Request) { r.Campaign.Text = "" }, "text"},
		{"create with broken text", campaign.CallCreate, func(r *record.Request) { r.Campaign.Text = "\xff" }, "UTF-8"},
		{"create without list and tag", campaign.CallCreate, func(r *record.Request) { r.Campaign.ListName = "" }, "exactly one"},
		{"create for both", campaign.CallCreate, func(r *record.Request) { r.Campaign.TagName = "x" }, "exactly one"},
		{"confirm for both", campaign.CallConfirm, func(r *record.Request) { r.Campaign.TagName = "x" }, "exactly one"},
		{"confirm without ticket", campaign.CallConfirm, func(r *record.Request) { r.Ticket = "" }, "ticket"},
		{"status without ticket", campaign.CallStatus, func(r *record.Request) { r.Ticket = "" }, "ticket"},
		{"cancel without ticket", campaign.CallCancel, func(r *record.Request) { r.Ticket = "" }, "ticket"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := setup(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s %s", r.Method, r.URL) })
			r := request(tt.call)
			if tt.edit != nil {
				tt.edit(&r)
			}
			o := c.Do(t.Context(), r)
			wantClass(t, o, record.ClassNotSent)
			if !strings.Contains(o.Message, tt.want) {
				t.Errorf("message: got %q, want it to mention %q", o.Message, tt.want)
			}
		})
	}
}
