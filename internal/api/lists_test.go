package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// The filters of a list, by themselves and together.
func TestListFilters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	for i := range 6 {
		body := strings.Replace(text("Hello."), "{", fmt.Sprintf(`{"labels":{"shop":"%d","a.b":"x y"},`, i%2), 1)
		r.want("enqueue", r.ask(http.MethodPut, fmt.Sprintf("/v1/accounts/default/campaigns/c%d", i), body), http.StatusCreated)
		for at := time.Now().UnixMilli(); time.Now().UnixMilli() == at; { // each has a millisecond of its own
			runtime.Gosched()
		}
	}
	kit.Advance("c1", campaign.StateSent, nil)
	kit.Advance("c2", campaign.StateDead, func(r *campaign.Record) { r.Failure = &campaign.Failure{Class: campaign.FailRejected} })
	at := kit.Advance("c3", campaign.StateComputing, func(r *campaign.Record) { r.Ticket = "sms_1" }).EnqueuedAt
	moment := url.QueryEscape(at.Format("2006-01-02T15:04:05.000Z07:00"))
	for query, want := range map[string]string{
		"":                                     "c5 c4 c3 c2 c1 c0",
		"state=sent&state=dead":                "c2 c1",
		"state=queued&label.shop=1":            "c5",
		"label.a.b=x+y&label.shop=0":           "c4 c2 c0",
		"label.shop=7":                         "",
		"list_name=customers&id_prefix=c4":     "c4",
		"tag_name=customers":                   "",
		"failure_class=rejected":               "c2",
		"since=" + moment:                      "c5 c4 c3",
		"until=" + moment:                      "c2 c1 c0",
		"since=" + moment + "&until=" + moment: "",
	} {
		got := r.ask(http.MethodGet, "/v1/accounts/default/campaigns?"+query, "")
		r.want(query, got, http.StatusOK)
		var all []string
		for _, item := range got.body.Items {
			all = append(all, item.ID)
		}
		if list := strings.Join(all, " "); list != want || got.body.Next != "" {
			t.Errorf("%s: got %q, next %q, want %q", query, list, got.body.Next, want)
		}
	}
	for query, field := range map[string]string{
		"state=sent&state=flying": "", "failure_class=tired": "", "id_prefix=a%20b": "", "since=yesterday": "since",
		"label.=x": "label.", "label.shop=1&label.shop=2": "label.shop", "labels.shop=1": "labels.shop", "limit=0": "limit", "limit=x": "limit",
		"cursor=%00": "", "list_name=a&list_name=b": "list_name",
	} {
		got := r.ask(http.MethodGet, "/v1/accounts/default/campaigns?"+query, "")
		r.want(query, got, http.StatusUnprocessableEntity)
		if field != "" && !slices.Contains(got.fields(), field) {
			t.Errorf("%s: got %s, want that it names %s", query, got.text, field)
		}
	}
}

func TestTicketOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.worker().Advance("spring", campaign.StateComputing, func(r *campaign.Record) { r.Ticket = "sms_1" })
	found := r.ask(http.MethodGet, "/v1/accounts/default/tickets/sms_1", "")
	r.want("find", found, http.StatusOK)
	if found.body.ID != "spring" || found.header.Get("ETag") == "" {
		t.Errorf("find: got %s, want spring and its ETag", found.text)
	}
	r.want("another ticket", r.ask(http.MethodGet, "/v1/accounts/default/tickets/sms_2", ""), http.StatusNotFound)
	r.want("another account", r.ask(http.MethodGet, "/v1/accounts/shop/tickets/sms_1", ""), http.StatusNotFound)
}
