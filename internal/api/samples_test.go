package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/result"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// samples are, for each operation of the document, what makes a request that succeeds:
// a function that prepares what has to be there, and says what does not follow from the
// document. A new operation needs a line here. "nothing" is for those that need nothing.
func samples() map[string]func(*rig) sample {
	var count atomic.Int64
	// fresh is a name that no request had.
	fresh := func(prefix string) string { return fmt.Sprintf("%s-%d", prefix, count.Add(1)) }
	nothing := func(*rig) sample { return sample{} }

	// inState is a campaign in a state.
	inState := func(state campaign.State, with func(*campaign.Record)) func(*rig) sample {
		return func(r *rig) sample {
			id := fresh("c")
			r.want("prepare", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/"+id, text("Hello.")), http.StatusCreated)
			if state != campaign.StateQueued {
				r.worker().Advance(id, state, with)
			}
			return sample{path: map[string]string{"id": id}}
		}
	}
	queued := inState(campaign.StateQueued, nil)
	tried := inState(campaign.StateAwaitingApproval, func(rec *campaign.Record) { rec.ConfirmTried, rec.MaybeConfirmed = true, true })
	// dead is a campaign with a letter; to replay it needs force.
	dead := func(r *rig) sample {
		s := tried(r)
		r.want("prepare", r.ask(http.MethodPost, "/v1/accounts/default/campaigns/"+s.path["id"]+"/reject", `{"reason":"a wrong text"}`), http.StatusOK)
		return s
	}
	// anOptOut is a number that has opted out, and has replied.
	anOptOut := func(r *rig) sample {
		number := "+336" + fmt.Sprint(10_000_000+count.Add(1))
		inbound := []result.Inbound{{Number: number, Text: "STOP"}}
		if err := errors.Join(r.reports.TakeOptOuts(r.t.Context(), "default", inbound), r.reports.TakeReplies(r.t.Context(), "default", inbound)); err != nil {
			r.t.Fatal(err)
		}
		return sample{path: map[string]string{"number": number}}
	}
	aSchedule := func(r *rig) sample {
		name := fresh("s")
		r.want("prepare", r.ask(http.MethodPut, "/v1/accounts/default/schedules/"+name, weekly("0 9 * * 1")), http.StatusOK)
		return sample{path: map[string]string{"name": name}}
	}
	aUser := func(r *rig) sample {
		name := fresh("u")
		r.want("prepare", r.ask(http.MethodPost, "/v1/users", `{"name":"`+name+`","password":"correct horse","grants":[{"role":"viewer"}]}`), http.StatusCreated)
		return sample{path: map[string]string{"name": name}}
	}
	aPassword := func(r *rig) sample {
		r.ask(http.MethodPost, "/v1/users", `{"name":"anna","password":"correct horse","grants":[{"role":"admin"}]}`) // unless there is one
		r.want("prepare", r.ask(http.MethodPatch, "/v1/users/anna", `{"password":"correct horse"}`), http.StatusOK)
		return sample{}
	}
	aToken := func(r *rig) sample {
		name := fresh("t")
		r.want("prepare", r.ask(http.MethodPost, "/v1/tokens", `{"name":"`+name+`","grants":[{"role":"viewer"}]}`), http.StatusCreated)
		return sample{path: map[string]string{"name": name}}
	}
	// aWebhook is the only one there is.
	aWebhook := func(r *rig) sample {
		return sample{path: map[string]string{"id": r.onlyWebhook()}}
	}
	aDelivery := func(r *rig) sample {
		s, name := aWebhook(r), fresh("evt")
		r.delivery(s.path["id"], name)
		s.path["event"] = name
		return s
	}
	const aBudget = `{"per":"month","amount":"500.00","contacts":100,"label":"team=a","zone":"Europe/Paris","over":"wait"}`
	const order = `{"action":"cancel","account":"default","filter":{"state":["queued"]},"dry_run":true}`
	anAction := func(r *rig) sample {
		queued(r)
		plan, _ := r.act(order, http.StatusOK)
		r.act(`{"plan":"`+plan+`"}`, http.StatusAccepted)
		return sample{path: map[string]string{"id": plan}}
	}
	// with adds bodies of JSON, and others, to a sample.
	with := func(prepare func(*rig) sample, body string) func(*rig) sample {
		return func(r *rig) sample {
			s := prepare(r)
			s.bodies = map[string]string{"application/json": body}
			return s
		}
	}
	named := func(body string) func(*rig) sample {
		return func(*rig) sample {
			return sample{bodies: map[string]string{"application/json": strings.ReplaceAll(body, "NAME", fresh("n"))}}
		}
	}
	return map[string]func(*rig) sample{
		"get-me": nothing, "get-stats": nothing, "list-accounts": nothing, "list-alerts": nothing, "list-campaigns": nothing, "list-schedules": nothing, "list-users": nothing, "list-tokens": nothing,
		"read-audit": nothing, "list-events": nothing, "hold-account": nothing, "vouch-account": nothing, "list-budgets": nothing, "list-optouts": nothing, "list-replies": nothing, "get-results": queued, "get-callbacks": nothing, "put-callbacks": nothing,
		"post-contacts": named(`{"list_name":"vips","contacts":[{"phone_number":"+33612345678","first_name":"NAME"}]}`),
		"get-optout":    anOptOut, "delete-optout": anOptOut, "delete-replies": anOptOut,
		"hold-all": nothing, "lift-all": nothing, "get-rules": nothing,
		"put-rules": func(*rig) sample {
			return sample{bodies: map[string]string{"application/json": `{"confirm":"auto","approve_above":"100.00","approve_above_contacts":5000,"approve_by":"anyone","window":"Mo-Sa 08:00-20:00 Europe/Paris"}`}}
		},
		"put-budget": func(*rig) sample {
			return sample{path: map[string]string{"name": fresh("b")}, bodies: map[string]string{"application/json": aBudget}}
		},
		"delete-budget": func(r *rig) sample {
			name := fresh("b")
			r.want("prepare", r.ask(http.MethodPut, "/v1/accounts/default/budgets/"+name, aBudget), http.StatusOK)
			return sample{path: map[string]string{"name": name}}
		},
		"put-campaign": func(*rig) sample {
			return sample{path: map[string]string{"id": fresh("p")}, bodies: map[string]string{"application/json": text("Hello.")}}
		},
		"post-campaign": named(text("Hello.")),
		"post-campaigns-bulk": func(*rig) sample {
			return sample{bodies: map[string]string{
				"application/x-ndjson": text("Hello.") + "\n" + strings.ReplaceAll(text(fresh("Hello")), "customers", "others") + "\n{}\nx\n",
				"text/csv":             "id,list_name,text,type,purpose\n" + fresh("b") + ",l,Hello. STOP au 30101,sms_premium,wholesale\nx y,,,,\n",
			}}
		},
		"post-quote": func(*rig) sample {
			return sample{bodies: map[string]string{
				"application/x-ndjson": text(fresh("Quoted")) + "\n",
				"text/csv":             "id,list_name,text,type,purpose\n" + fresh("q") + ",l,Hello. STOP au 30101,sms_premium,wholesale\n",
			}}
		},
		"get-quote": func(r *rig) sample {
			name := fresh("q")
			a, _ := r.quote("?name="+name, text("Hello."))
			r.want("prepare", a, http.StatusAccepted)
			return sample{path: map[string]string{"name": name}}
		},
		"proof-campaign": with(queued, `{"list_name":"proofs"}`),
		"get-campaign":   dead,
		"get-account": func(r *rig) sample {
			queued(r)
			return sample{}
		},
		"get-ticket": func(r *rig) sample {
			ticket := fresh("sms")
			inState(campaign.StateComputing, func(rec *campaign.Record) { rec.Ticket = ticket })(r)
			return sample{path: map[string]string{"ticket": ticket}}
		},
		"approve-campaign": with(inState(campaign.StateAwaitingApproval, func(rec *campaign.Record) { rec.Cost, rec.Contacts = 197500, 20 }), `{"cost":"19.75","number_of_contacts":20}`),
		"reject-campaign":  queued, "cancel-campaign": queued, "purge-campaign": dead, "replay-campaign": with(dead, `{"force":true}`),
		"mend-campaign": func(r *rig) sample {
			s := dead(r)
			s.header = map[string]string{"If-Match": "*"}
			s.bodies = map[string]string{"application/merge-patch+json": `{"text":"Bye. STOP au 30101","sender":null}`}
			return s
		},
		"lift-hold": func(r *rig) sample {
			r.want("prepare", r.ask(http.MethodPut, "/v1/accounts/default/hold", ""), http.StatusOK)
			return sample{}
		},
		"get-schedule": aSchedule, "delete-schedule": aSchedule, "pause-schedule": aSchedule, "resume-schedule": aSchedule, "run-schedule": aSchedule,
		"put-schedule":    with(aSchedule, weekly("0 10 * * 1")),
		"add-user":        named(`{"name":"NAME","password":"correct horse","grants":[{"role":"viewer","accounts":["default"]}]}`),
		"change-user":     with(aUser, `{"grants":[{"role":"viewer","accounts":["default"]}]}`),
		"remove-user":     aUser,
		"change-password": with(aPassword, `{"current":"correct horse","password":"battery staple"}`),
		"add-token":       named(`{"name":"NAME","grants":[{"role":"viewer","accounts":["default"]}]}`),
		"change-token":    with(aToken, `{"grants":[{"role":"viewer","accounts":["default"]}]}`),
		"remove-token":    aToken,
		"post-action":     with(queued, order), "get-action": anAction, "stop-action": anAction,
		"list-webhooks": nothing, "get-webhook": aWebhook, "list-deliveries": aDelivery, "redeliver-event": aDelivery, "test-webhook": aWebhook, "remove-webhook": aWebhook,
		"add-webhook":    with(aWebhook, `{"url":"http://127.0.0.1:1/","types":["campaign.sent"],"accounts":["default"]}`),
		"change-webhook": with(aWebhook, `{"types":["campaign.dead"],"accounts":[],"enabled":false,"rotate_secret":true}`),
	}
}

// onlyWebhook adds a webhook, and removes those that are there: there may be 50.
func (r *rig) onlyWebhook() (id string) {
	r.t.Helper()
	for _, w := range r.ask(http.MethodGet, "/v1/webhooks", "").body.Items {
		r.want("prepare", r.ask(http.MethodDelete, "/v1/webhooks/"+w.ID, ""), http.StatusOK)
	}
	a := r.ask(http.MethodPost, "/v1/webhooks", `{"url":"http://127.0.0.1:1/"}`)
	r.want("prepare", a, http.StatusCreated)
	return r.hookOf(a).ID
}

// delivery has an event wait for a webhook.
func (r *rig) delivery(id, name string) {
	r.t.Helper()
	store := webhookstore.New(r.rdb, time.Hour)
	was, err := store.Backlog(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	d := webhook.EventDelivery{Event: name, Type: event.Sent, Account: "default", Campaign: name}
	if fed, err := store.Feed(r.t.Context(), id, was.Cursor, was.Cursor, time.Now(), []webhook.EventDelivery{d}); err != nil || !fed {
		r.t.Fatalf("queue an event: got %v, %v", fed, err)
	}
}
