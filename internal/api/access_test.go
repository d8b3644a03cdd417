package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/api"
)

// operation is one of the document.
type operation struct{ id, method, path string }

// operations are those of the document.
func operations(t *testing.T) []operation {
	t.Helper()
	text, err := api.Document("test")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, methods := range doc.Paths {
		for method, op := range methods {
			all = append(all, operation{op.OperationID, strings.ToUpper(method), path})
		}
	}
	return all
}

// rolesOf says which roles may carry out each operation, written down a second time: a change of the table of
// roles has to be meant.
func rolesOf() map[string]string {
	const everybody, admin, enqueues, decides, repairs = "viewer producer approver operator admin", "admin", "producer operator admin", "approver admin", "operator admin"
	return map[string]string{
		"get-me": everybody, "list-accounts": everybody, "list-alerts": everybody, "get-account": everybody, "get-stats": everybody, "get-campaign": everybody, "list-campaigns": everybody,
		"change-password": everybody, "list-events": everybody, "get-ticket": everybody, "list-schedules": everybody, "get-schedule": everybody,
		"put-campaign": enqueues, "post-campaign": enqueues, "post-campaigns-bulk": enqueues, "post-quote": enqueues, "get-quote": enqueues, "proof-campaign": enqueues, "approve-campaign": decides, "reject-campaign": decides,
		"mend-campaign": repairs, "put-schedule": repairs, "delete-schedule": repairs, "pause-schedule": repairs, "resume-schedule": repairs, "run-schedule": repairs,
		"cancel-campaign": repairs, "replay-campaign": repairs, "purge-campaign": repairs,
		"post-action": "approver operator admin", "stop-action": "approver operator admin", "get-action": everybody,
		"hold-account": repairs, "lift-hold": repairs, "vouch-account": repairs,
		"get-results": everybody, "list-optouts": repairs, "get-optout": repairs, "delete-optout": admin, "list-replies": repairs, "delete-replies": repairs,
		"get-callbacks": repairs, "put-callbacks": admin, "post-contacts": repairs,
		"hold-all": repairs, "lift-all": repairs, "get-rules": everybody, "put-rules": admin,
		"list-budgets": everybody, "put-budget": admin, "delete-budget": admin,
		"list-users": admin, "add-user": admin, "change-user": admin, "remove-user": admin,
		"list-tokens": admin, "add-token": admin, "change-token": admin, "remove-token": admin, "read-audit": admin,
		"list-webhooks": admin, "get-webhook": admin, "list-deliveries": admin, "add-webhook": admin, "change-webhook": admin, "remove-webhook": admin,
		"redeliver-event": admin, "test-webhook": admin,
	}
}

func TestEachOperationHasARole(t *testing.T) {
	t.Parallel()
	known := rolesOf()
	for _, op := range operations(t) {
		if _, ok := access.RuleOf(op.id); !ok {
			t.Errorf("%s is in the document, and has no rule in internal/access/rules.go", op.id)
		}
		if known[op.id] == "" {
			t.Errorf("%s is in the document, and rolesOf() does not say which roles may do it", op.id)
		}
		delete(known, op.id)
	}
	for id := range maps.Keys(known) {
		t.Errorf("rolesOf() knows %s, and the document does not", id)
	}
}

// Each operation, by each role, in the account that the role is for and in another one:
// what is not allowed is refused with its code, and nothing else is.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	anywhere := map[string]bool{"get-me": true, "change-password": true, "list-accounts": true, "list-alerts": true, "list-events": true, "post-action": true, "stop-action": true, "get-action": true}
	for _, op := range operations(t) {
		inAccount := strings.Contains(op.path, "{account}")
		for _, role := range access.Roles() {
			may := slices.Contains(strings.Fields(rolesOf()[op.id]), string(role))
			for _, account := range []string{"own", "other"} {
				for _, limited := range []bool{true, false} {
					grant := access.Grant{Role: role}
					if limited {
						grant.Accounts = []string{"own"}
					}
					r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{grant}}
					code := ""
					switch {
					case !may:
						code = "role"
					case limited && !anywhere[op.id] && (!inAccount || account == "other"):
						code = "account"
					}
					if got := r.refusal(op, account); got != code {
						t.Errorf("%s as %s in %s (limited to own: %v): got %q, want %q", op.id, grant, account, limited, got, code)
					}
				}
			}
		}
	}
}

// refusal makes an operation's request, and returns the code of a 403, "" for any other
// answer.
func (r *rig) refusal(op operation, account string) string {
	r.t.Helper()
	path := strings.NewReplacer("{account}", account, "{id}", "nobody", "{name}", "nobody", "{ticket}", "nobody", "{number}", "+33612345678").Replace(op.path)
	req := httptest.NewRequestWithContext(r.t.Context(), op.method, path, strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.api.ServeHTTP(w, req)
	var problem struct{ Code string }
	if w.Code != http.StatusForbidden {
		return ""
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || problem.Code == "" {
		r.t.Errorf("%s: got %s, want a problem with a code", op.id, w.Body)
	}
	return problem.Code
}

// Another spelling of a path is no way to another account.
func TestAnAccountHasOneSpelling(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/other/campaigns/a", text("Hello.")), http.StatusCreated)
	r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{{Role: access.Admin, Accounts: []string{"own"}}}}
	for _, path := range []string{
		"/v1/accounts/other/campaigns/a", "/v1/accounts/%6fther/campaigns/a", "//v1/accounts/other/campaigns/a", "/v1/accounts//other/campaigns/a",
		"/v1/accounts/own/../other/campaigns/a", "/v1/accounts/own/%2e%2e/other/campaigns/a", "/v1/accounts/own%2fother/campaigns/a", "/v1/./accounts/other/campaigns/a",
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		w := httptest.NewRecorder()
		r.api.ServeHTTP(w, req)
		if w.Code == http.StatusOK || strings.Contains(w.Body.String(), "customers") {
			t.Errorf("%s: got %d %s, want nothing of the other account", path, w.Code, w.Body)
		}
	}
	if a := r.ask(http.MethodGet, "/v1/accounts", ""); len(a.body.Items) != 0 || strings.Contains(a.text, "other") {
		t.Errorf("got %s, want no account of others", a.text)
	}
}

// What a token of a kind enqueues waits for a person, or is never sent; the same request
// again is the same campaign.
func TestKindsOfTokensForce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for kind, want := range map[access.TokenKind]string{access.Review: `"confirm":"manual"`, access.Simulate: `"simulation_mode":true`, access.Live: `"confirm":"auto"`} {
		r.caller = access.Caller{Name: "token:shop", Kind: access.OfToken, Grants: []access.Grant{{Role: access.Producer}}, Forces: kind}
		path := "/v1/accounts/default/campaigns/" + string(kind)
		body := strings.Replace(text("Hello."), "{", `{"confirm":"auto",`, 1)
		first, again := r.ask(http.MethodPut, path, body), r.ask(http.MethodPut, path, body)
		r.want("first", first, http.StatusCreated)
		r.want("again", again, http.StatusOK)
		if !strings.Contains(first.text, want) || first.body.EnqueuedBy != "token:shop" {
			t.Errorf("%s: got %s, want %s by the token", kind, first.text, want)
		}
	}
}

// In open mode users, tokens and webhooks are looked at, and not made, and no caller has a password.
func TestOpenModeMakesNoUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.caller = access.Open("system:root@host")
	for _, op := range operations(t) {
		changes := op.method != http.MethodGet && (strings.HasPrefix(op.path, "/v1/users") || strings.HasPrefix(op.path, "/v1/tokens") || strings.HasPrefix(op.path, "/v1/webhooks")) || op.id == "change-password"
		if got := r.refusal(op, "default"); (got == "role") != changes {
			t.Errorf("%s: got %q, want it refused: %v", op.id, got, changes)
		}
	}
}

// Users and tokens by HTTP, each change on record, and no secret in any answer but one.
func TestUsersAndTokensByHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--appendonly", "yes", "--appendfsync", "always")
	const ben = `{"name":"ben","password":"correct horse","grants":[{"role":"admin"}]}`
	r.want("add", r.ask(http.MethodPost, "/v1/users", ben), http.StatusCreated)
	r.want("add again", r.ask(http.MethodPost, "/v1/users", ben), http.StatusConflict)
	r.want("the last admin", r.ask(http.MethodDelete, "/v1/users/ben", ""), http.StatusConflict)
	r.want("a short password", r.ask(http.MethodPatch, "/v1/users/ben", `{"password":"short"}`), http.StatusUnprocessableEntity)
	r.want("no change", r.ask(http.MethodPatch, "/v1/users/ben", `{}`), http.StatusUnprocessableEntity)
	r.want("no role", r.ask(http.MethodPost, "/v1/users", `{"name":"carl","password":"correct horse","grants":[]}`), http.StatusUnprocessableEntity)
	r.want("no account", r.ask(http.MethodPost, "/v1/users", `{"name":"carl","password":"correct horse","grants":[{"role":"viewer","accounts":["No"]}]}`), http.StatusUnprocessableEntity)
	r.want("change", r.ask(http.MethodPatch, "/v1/users/ben", `{"password":"another horse"}`), http.StatusOK)
	r.want("no such user", r.ask(http.MethodPatch, "/v1/users/carl", `{"password":"another horse"}`), http.StatusNotFound)
	users := r.ask(http.MethodGet, "/v1/users", "")
	if !strings.Contains(users.text, `"name":"ben"`) || strings.Contains(users.text, "argon") || strings.Contains(users.text, "horse") {
		t.Errorf("users: got %s, want no secret", users.text)
	}
	added := r.ask(http.MethodPost, "/v1/tokens", `{"name":"shop","kind":"review","grants":[{"role":"producer","accounts":["a"]}],"expires_at":"2099-01-01T00:00:00Z"}`)
	r.want("add a token", added, http.StatusCreated)
	_, token, _ := strings.Cut(added.text, `"token":"`)
	token, _, _ = strings.Cut(token, `"`)
	if _, err := access.TokenID(token); err != nil {
		t.Errorf("got %s, want a token", added.text)
	}
	r.want("a role too many", r.ask(http.MethodPatch, "/v1/tokens/shop", `{"grants":[{"role":"admin"}]}`), http.StatusUnprocessableEntity)
	r.want("past", r.ask(http.MethodPost, "/v1/tokens", `{"name":"old","grants":[{"role":"viewer"}],"expires_at":"2020-01-01T00:00:00Z"}`), http.StatusUnprocessableEntity)
	r.want("other grants", r.ask(http.MethodPatch, "/v1/tokens/shop", `{"grants":[{"role":"viewer"}]}`), http.StatusOK)
	tokens, audit := r.ask(http.MethodGet, "/v1/tokens", ""), r.ask(http.MethodGet, "/v1/audit?limit=3", "")
	r.want("remove", r.ask(http.MethodDelete, "/v1/tokens/shop", ""), http.StatusOK)
	r.want("remove again", r.ask(http.MethodDelete, "/v1/tokens/shop", ""), http.StatusNotFound)
	if !strings.Contains(tokens.text, `"name":"shop"`) || strings.Contains(tokens.text+audit.text, token[30:]) || strings.Contains(tokens.text, "sum") {
		t.Errorf("got %s and %s, want no token", tokens.text, audit.text)
	}
	rest := r.ask(http.MethodGet, "/v1/audit?cursor="+audit.body.Next, "")
	if strings.Count(audit.text, `"who":"user:anna"`) != 3 || strings.Count(rest.text, `"action"`) != 2 || !strings.Contains(rest.text, "token.remove") {
		t.Errorf("audit: got %s and then %s, want three and two", audit.text, rest.text)
	}
	if me := r.ask(http.MethodGet, "/v1/me", ""); !strings.Contains(me.text, `"name":"user:anna","kind":"user","grants":[{"role":"admin"}]`) || !strings.Contains(me.text, `"add-user"`) {
		t.Errorf("me: got %s", me.text)
	}
}

// What Redis may forget is said, with what to do.
func TestARemovalThatIsNotKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("add", r.ask(http.MethodPost, "/v1/tokens", `{"name":"shop","grants":[{"role":"viewer"}]}`), http.StatusCreated)
	a := r.ask(http.MethodDelete, "/v1/tokens/shop", "")
	r.want("remove", a, http.StatusServiceUnavailable)
	if a.body.Code != "not_durable" || !strings.Contains(a.body.Detail, "is made, not yet kept") {
		t.Errorf("got %s", a.text)
	}
}
