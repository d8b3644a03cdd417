package api

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
)

// TokenBody is a token without its secret.
type TokenBody struct {
	Name      string         `json:"name"`
	ID        string         `json:"id"`
	Kind      string         `json:"kind" enum:"live,review,simulate"`
	Grants    []access.Grant `json:"grants"`
	CreatedAt time.Time      `json:"created_at"`
	ChangedAt time.Time      `json:"changed_at"`
	ChangedBy string         `json:"changed_by"`
	ExpiresAt time.Time      `json:"expires_at,omitzero"`
}

func tokenBodyOf(t access.Token) TokenBody {
	return TokenBody{t.Name, t.ID, string(t.Kind), t.Grants, t.CreatedAt, t.ChangedAt, t.ChangedBy, t.ExpiresAt}
}

type tokensAnswer struct {
	Body struct {
		Items []TokenBody `json:"items"`
	}
}

func (a *Endpoints) listTokens(ctx context.Context, _ *struct{}) (*tokensAnswer, error) {
	d, err := a.config.People.Store.Load(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &tokensAnswer{}
	answer.Body.Items = []TokenBody{}
	for _, t := range d.TokensByName() {
		answer.Body.Items = append(answer.Body.Items, tokenBodyOf(t))
	}
	return answer, nil
}

type addTokenInput struct {
	Body struct {
		Name      string         `json:"name" example:"shop-1"`
		Kind      string         `json:"kind,omitempty" enum:"live,review,simulate" default:"live" doc:"review: its campaigns wait for a person; simulate: they are never sent"`
		Grants    []access.Grant `json:"grants"`
		ExpiresAt GivenTime      `json:"expires_at,omitzero"`
	}
}

type addTokenAnswer struct {
	Body struct {
		TokenBody
		Token string `json:"token" doc:"shown this once; send it as Authorization: Bearer"`
	}
}

func (a *Endpoints) addToken(ctx context.Context, in *addTokenInput) (*addTokenAnswer, error) {
	b := in.Body
	t := access.Token{Name: b.Name, Kind: access.TokenKind(b.Kind), Grants: b.Grants, ExpiresAt: b.ExpiresAt.UTC()}
	err := cmp.Or(faulty("name", access.CheckName(b.Name)), faulty("grants", access.CheckGrants(b.Grants)), faulty("kind", access.CheckKind(t.Kind, t.Grants)))
	if err == nil && !t.ExpiresAt.IsZero() && t.ExpiresAt.Before(time.Now()) {
		err = faulty("expires_at", errors.New("has passed"))
	}
	if err != nil {
		return nil, err
	}
	answer := &addTokenAnswer{}
	t.ID, answer.Body.Token, t.Sum = access.NewToken(t.Kind)
	err = a.change(ctx, func(s *accessstore.Store) (err error) { t, err = s.AddToken(ctx, t); return err })
	answer.Body.TokenBody = tokenBodyOf(t)
	return answer, err
}

type changeTokenInput struct {
	NamePath
	Body struct {
		Grants []access.Grant `json:"grants"`
	}
}

func (a *Endpoints) changeToken(ctx context.Context, in *changeTokenInput) (*nameAnswer, error) {
	if err := faulty("grants", access.CheckGrants(in.Body.Grants)); err != nil {
		return nil, err
	}
	return named(in.Name), a.change(ctx, func(s *accessstore.Store) error { return s.ChangeToken(ctx, in.Name, in.Body.Grants) })
}

func (a *Endpoints) removeToken(ctx context.Context, in *NamePath) (*nameAnswer, error) {
	return named(in.Name), a.change(ctx, func(s *accessstore.Store) error { return s.RemoveToken(ctx, in.Name) })
}
