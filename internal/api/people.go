package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
)

// People is what the API needs to change users and tokens.
type People struct {
	Store     *accessstore.Store
	Passwords *access.Passwords
	// Changed is called after a change, so that the next request knows it.
	Changed func()
}

// people registers what concerns users, tokens and the audit log.
func (a *Endpoints) people() {
	operation := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Tags: []string{"people"}, Summary: summary, Description: description,
			MaxBodyBytes: maxBody, Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	added := func(op huma.Operation) huma.Operation { op.DefaultStatus = http.StatusCreated; return op }
	const users, tokens, name = "/v1/users", "/v1/tokens", "/{name}"
	const kept = "Waits until Redis confirms that it keeps this; 503 with the code not_durable where it does not: the change is made, repeat the request."
	huma.Register(a.huma, operation("get-me", http.MethodGet, "/v1/me", "Who asks", "And what the caller may do."), a.me)
	own := operation("change-password", http.MethodPut, "/v1/me/password", "Change one's own password", ownPassword)
	own.Errors = append(own.Errors, http.StatusTooManyRequests)
	huma.Register(a.huma, own, a.changePassword)
	huma.Register(a.huma, operation("list-users", http.MethodGet, users, "List the users", "Those that people sign in as; OCTOQ_WEB_USER is not among them."), a.listUsers)
	huma.Register(a.huma, added(operation("add-user", http.MethodPost, users, "Add a user", "The password has 12 characters at least.")), a.addUser)
	huma.Register(a.huma, operation("change-user", http.MethodPatch, users+name, "Give a user another password or other roles", kept+" Another password ends the user's sessions."), a.changeUser)
	huma.Register(a.huma, operation("remove-user", http.MethodDelete, users+name, "Remove a user", kept+" 409 for the last admin."), a.removeUser)
	huma.Register(a.huma, operation("list-tokens", http.MethodGet, tokens, "List the tokens", "The tokens themselves are not kept."), a.listTokens)
	huma.Register(a.huma, added(operation("add-token", http.MethodPost, tokens, "Add a token", "The answer has the token, this once.")), a.addToken)
	huma.Register(a.huma, operation("change-token", http.MethodPatch, tokens+name, "Give a token other roles", kept), a.changeToken)
	huma.Register(a.huma, operation("remove-token", http.MethodDelete, tokens+name, "Remove a token", kept), a.removeToken)
	huma.Register(a.huma, operation("read-audit", http.MethodGet, "/v1/audit", "Who did what that concerns no campaign",
		"Oldest first. Pages follow each other by next, which is there also on the last: ask with it later for what came since."), a.audit)
}

// peopleProblem is the answer to an error of users and tokens, nil for any other.
func peopleProblem(err error) *Problem {
	_, notKept := errors.AsType[*accessstore.NotKeptError](err)
	_, denied := errors.AsType[*access.DeniedError](err)
	switch {
	case notKept:
		return newProblem(http.StatusServiceUnavailable, codeNotDurable, capitalised(err.Error()))
	case denied:
		return deniedProblem(err)
	case errors.Is(err, accessstore.ErrTaken):
		return newProblem(http.StatusConflict, codeConflict, capitalised(err.Error())+".")
	case errors.Is(err, accessstore.ErrLastAdmin), errors.Is(err, accessstore.ErrFull):
		return newProblem(http.StatusConflict, codeState, capitalised(err.Error())+".")
	case errors.Is(err, access.ErrKind):
		return newProblem(http.StatusUnprocessableEntity, "", capitalised(err.Error())+".")
	case errors.Is(err, accessstore.ErrUnknown):
		return newProblem(http.StatusNotFound, "", capitalised(err.Error())+".")
	case errors.Is(err, accessstore.ErrUnavailable):
		return newProblem(http.StatusServiceUnavailable, codeRedis, "Users and tokens cannot be looked up just now.")
	default:
		return nil
	}
}

// change makes a change of users or tokens in the name of the caller.
func (a *Endpoints) change(ctx context.Context, do func(*accessstore.Store) error) error {
	defer a.config.People.Changed()
	c := a.config.Caller(ctx)
	if err := do(a.config.People.Store.As(c.Name, c.From)); err != nil {
		return a.problem(err)
	}
	return nil
}

// faulty is a 422 for one field, nil without an error.
func faulty(field string, err error) error {
	if err == nil {
		return nil
	}
	return unprocessable(capitalised(err.Error())+".", fault(field, err.Error()))
}

type userBody struct {
	Name      string         `json:"name"`
	Grants    []access.Grant `json:"grants"`
	CreatedAt time.Time      `json:"created_at"`
	ChangedAt time.Time      `json:"changed_at"`
	ChangedBy string         `json:"changed_by"`
}

type usersAnswer struct {
	Body struct {
		Items []userBody `json:"items"`
	}
}

func (a *Endpoints) listUsers(ctx context.Context, _ *struct{}) (*usersAnswer, error) {
	d, err := a.config.People.Store.Load(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &usersAnswer{}
	answer.Body.Items = []userBody{}
	for _, u := range d.UsersByName() {
		answer.Body.Items = append(answer.Body.Items, userBody{u.Name, u.Grants, u.CreatedAt, u.ChangedAt, u.ChangedBy})
	}
	return answer, nil
}

type addUserInput struct {
	Body struct {
		Name     string         `json:"name" example:"anna"`
		Password string         `json:"password" doc:"12 characters at least"`
		Grants   []access.Grant `json:"grants"`
	}
}

// nameAnswer names the user or token that a change concerned.
type nameAnswer struct {
	Body struct {
		Name string `json:"name"`
	}
}

func named(name string) *nameAnswer {
	answer := &nameAnswer{}
	answer.Body.Name = name
	return answer
}

func (a *Endpoints) addUser(ctx context.Context, in *addUserInput) (*nameAnswer, error) {
	b := in.Body
	err := cmp.Or(faulty("name", access.CheckName(b.Name)), faulty("password", access.CheckPassword(b.Password)), faulty("grants", access.CheckGrants(b.Grants)))
	if err != nil {
		return nil, err
	}
	hash, err := a.config.People.Passwords.Hash(ctx, b.Password)
	if err != nil {
		return nil, a.problem(err)
	}
	return named(b.Name), a.change(ctx, func(s *accessstore.Store) error { return s.AddUser(ctx, b.Name, hash, b.Grants) })
}

// NamePath names a user or a token in a path.
type NamePath struct {
	Name string `path:"name"`
}

type changeUserInput struct {
	NamePath
	Body struct {
		Password string         `json:"password,omitempty"`
		Grants   []access.Grant `json:"grants,omitempty"`
	}
}

func (a *Endpoints) changeUser(ctx context.Context, in *changeUserInput) (*nameAnswer, error) {
	c := accessstore.UserChange{Grants: in.Body.Grants}
	if in.Body.Password == "" && in.Body.Grants == nil {
		return nil, newProblem(http.StatusUnprocessableEntity, "", "Nothing is to be changed: give password, grants or both.")
	}
	if in.Body.Grants != nil {
		if err := faulty("grants", access.CheckGrants(in.Body.Grants)); err != nil {
			return nil, err
		}
	}
	if in.Body.Password != "" {
		if err := faulty("password", access.CheckPassword(in.Body.Password)); err != nil {
			return nil, err
		}
		var err error
		if c.Hash, err = a.config.People.Passwords.Hash(ctx, in.Body.Password); err != nil {
			return nil, a.problem(err)
		}
		a.wrongPasswords.forget(in.Name)
	}
	return named(in.Name), a.change(ctx, func(s *accessstore.Store) error { return s.ChangeUser(ctx, in.Name, c) })
}

func (a *Endpoints) removeUser(ctx context.Context, in *NamePath) (*nameAnswer, error) {
	return named(in.Name), a.change(ctx, func(s *accessstore.Store) error { return s.RemoveUser(ctx, in.Name, false) })
}

type auditInput struct {
	Since  time.Time `query:"since" doc:"not before this time"`
	Cursor string    `query:"cursor" doc:"next of the page before" pattern:"^[0-9]{1,20}-[0-9]{1,20}$"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type auditAnswer struct {
	Body struct {
		Items []accessstore.AuditEntry `json:"items"`
		Next  string                   `json:"next,omitempty"`
	}
}

func (a *Endpoints) audit(ctx context.Context, in *auditInput) (*auditAnswer, error) {
	entries, next, err := a.config.People.Store.Audit(ctx, in.Since, in.Cursor, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &auditAnswer{}
	answer.Body.Items, answer.Body.Next = append([]accessstore.AuditEntry{}, entries...), next
	if next == "" {
		answer.Body.Next = in.Cursor
	}
	return answer, nil
}
