package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/octoq/octoq/internal/access"
)

// person is a user or a token, as the API says it.
type person struct {
	Name, ID, Kind string
	Grants         []access.Grant
	ChangedAt      time.Time `json:"changed_at"`
	ChangedBy      string    `json:"changed_by"`
	ExpiresAt      time.Time `json:"expires_at"`
}

// GrantsText is what the person may do, as forms have it.
func (p person) GrantsText() string { return access.GrantsText(p.Grants) }

// peopleBody is the users and tokens with their roles.
type peopleBody struct {
	Users, Tokens []person
	Token         string // a new one, this once
	TokenName     string
	Roles         []access.Role
}

func (v *visit) people() error { return v.showPeople(peopleBody{}, nil) }

func (v *visit) showPeople(body peopleBody, alert *apiRefusal) error {
	for path, into := range map[string]*[]person{"users": &body.Users, "tokens": &body.Tokens} {
		var all struct{ Items []person }
		if _, err := v.ask(apiRequest{path: pathOf(path), into: &all}); err != nil {
			return err
		}
		*into = all.Items
	}
	body.Roles = access.Roles()
	return v.show("admin", pageView{Title: "Users and tokens", Body: body, Alert: alert})
}

// changed leads back to the people, or shows why nothing was done.
func (v *visit) changed(what string, err error) error {
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showPeople(peopleBody{}, alert)
	}
	return v.leadTo("/admin", done(what))
}

// grants reads roles such as "viewer operator@a+b".
func (v *visit) grants() ([]access.Grant, error) {
	var all []access.Grant
	for text := range strings.FieldsSeq(strings.ReplaceAll(v.field("grants"), ",", " ")) {
		g, err := access.ParseGrant(text)
		if err != nil {
			return nil, &apiRefusal{Status: http.StatusUnprocessableEntity, Detail: sentence(err)}
		}
		all = append(all, g)
	}
	return all, nil
}

func (v *visit) addUser() error {
	grants, err := v.grants()
	if err == nil {
		body := map[string]any{"name": v.field("name"), "password": v.r.PostFormValue("password"), "grants": grants}
		_, err = v.ask(apiRequest{method: http.MethodPost, path: "/v1/users", body: body})
	}
	return v.changed("user", err)
}

// samePerson is a refusal if the person of the path is not as the form was made from.
func (v *visit) samePerson(kind string) error {
	tag, err := v.seenTag()
	if err != nil {
		return err
	}
	var all struct{ Items []person }
	if _, err := v.ask(apiRequest{path: pathOf(kind), into: &all}); err != nil {
		return err
	}
	for _, p := range all.Items {
		if p.Name == v.r.PathValue("name") && tagOf(p) == tag {
			return nil
		}
	}
	return outdated()
}

// changeUser gives a user other roles, another password, or both.
func (v *visit) changeUser() error {
	grants, err := v.grants()
	if err == nil {
		err = v.samePerson("users")
	}
	if err == nil {
		body := map[string]any{}
		if len(grants) > 0 {
			body["grants"] = grants
		}
		if password := v.r.PostFormValue("password"); password != "" {
			body["password"] = password
		}
		_, err = v.ask(apiRequest{method: http.MethodPatch, path: pathOf("users", v.r.PathValue("name")), body: body})
	}
	return v.changed("user-change", err)
}

// remove removes a user or a token.
func (v *visit) remove(kind, what string) error {
	err := v.samePerson(kind)
	if err == nil {
		_, err = v.ask(apiRequest{method: http.MethodDelete, path: pathOf(kind, v.r.PathValue("name"))})
	}
	return v.changed(what, err)
}

func (v *visit) removeUser() error  { return v.remove("users", "user-remove") }
func (v *visit) removeToken() error { return v.remove("tokens", "token-remove") }

// addToken makes a token, and shows it this once: it is in this answer alone.
func (v *visit) addToken() error {
	grants, err := v.grants()
	body := map[string]any{"name": v.field("name"), "kind": v.field("kind"), "grants": grants}
	if text := v.field("expires"); err == nil && text != "" {
		var at time.Time
		if at, err = time.Parse(time.DateOnly, text); err != nil {
			err = &apiRefusal{Status: http.StatusUnprocessableEntity, Detail: "The day on which the token ends is none such as 2027-01-31."}
		}
		body["expires_at"] = at
	}
	var made struct{ Name, Token string }
	if err == nil {
		_, err = v.ask(apiRequest{method: http.MethodPost, path: "/v1/tokens", body: body, into: &made})
	}
	if err != nil {
		return v.changed("", err)
	}
	return v.showPeople(peopleBody{Token: made.Token, TokenName: made.Name}, nil)
}

// auditLine is one line of the audit log, as the API says it.
type auditLine struct {
	At                                          time.Time
	Who, Action, Subject, Account, From, Detail string
}

// auditBody is a page of the audit log.
type auditBody struct {
	Items []auditLine
	Next  string
}

// audit shows the audit log of a day, the oldest first.
func (v *visit) audit() error {
	query := v.r.URL.Query()
	since, cursor := query.Get("since"), query.Get("cursor")
	if since == "" && cursor == "" {
		since = time.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339)
	}
	asked := map[string][]string{"limit": {"200"}}
	for name, value := range map[string]string{"since": since, "cursor": cursor} {
		if value != "" {
			asked[name] = []string{value}
		}
	}
	var body auditBody
	_, err := v.ask(apiRequest{path: "/v1/audit?" + encoded(asked), into: &body})
	alert, err := refused(err)
	if err != nil {
		return err
	}
	return v.show("audit", pageView{Title: "Audit log", Body: body, Alert: alert})
}

// me shows who has signed in, and lets them change their password.
func (v *visit) me() error { return v.showMe(nil) }

func (v *visit) showMe(alert *apiRefusal) error {
	return v.show("me", pageView{Title: "You", Body: person{Name: v.caller.Name, Kind: string(v.caller.Kind), Grants: v.caller.Grants}, Alert: alert})
}

func (v *visit) changePassword() error {
	body := map[string]any{"current": v.r.PostFormValue("current"), "password": v.r.PostFormValue("password")}
	if v.r.PostFormValue("password") != v.r.PostFormValue("again") {
		return v.showMe(&apiRefusal{Status: http.StatusUnprocessableEntity, Detail: "The new password is not the same twice."})
	}
	_, err := v.ask(apiRequest{method: http.MethodPut, path: "/v1/me/password", body: body})
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showMe(alert)
	}
	return v.leadTo("/me", done("password"))
}
