package api

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/admin"
)

type accountsInput struct {
	Brief  bool   `query:"brief" doc:"only the names: items have nothing but account, and all accounts stand in one answer"`
	Cursor string `query:"cursor" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type accountsAnswer struct {
	Body struct {
		Items []accountItem `json:"items"`
		Next  string        `json:"next,omitempty" doc:"the cursor of the next page; absent on the last"`
	}
}

// accountItem is how an account stands, or its name alone.
type accountItem struct {
	admin.AccountStanding

	brief bool
}

// MarshalJSON writes the fields of the standing, or the name.
func (i accountItem) MarshalJSON() ([]byte, error) {
	if i.brief {
		return json.Marshal(struct {
			Account string `json:"account"`
		}{i.Account})
	}
	return json.Marshal(i.AccountStanding)
}

// Schema is that of a standing of which only the name is always there.
func (accountItem) Schema(r huma.Registry) *huma.Schema {
	const name = "AccountItem"
	whole := r.Schema(reflect.TypeFor[admin.AccountStanding](), true, "AccountStanding")
	item := *r.SchemaFromRef(whole.Ref)
	item.Required = []string{"account"}
	r.Map()[name] = &item
	return &huma.Schema{Ref: strings.TrimSuffix(whole.Ref, "AccountStanding") + name}
}

// listAccountsFor is how long the accounts of a page are looked at: a page may have fewer
// then, and the next one goes on.
const listAccountsFor = 2 * time.Second

func (a *Endpoints) listAccounts(ctx context.Context, in *accountsInput) (*accountsAnswer, error) {
	seen, err := a.visible(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &accountsAnswer{}
	answer.Body.Items = []accountItem{}
	if in.Brief {
		for _, account := range seen {
			answer.Body.Items = append(answer.Body.Items, accountItem{AccountStanding: admin.AccountStanding{Account: account}, brief: true})
		}
		return answer, nil
	}
	operator, err := a.operator(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	at, known := slices.BinarySearch(seen, in.Cursor)
	if known {
		at++
	}
	began := time.Now()
	for _, account := range seen[at:] {
		if n := len(answer.Body.Items); n == in.Limit || n > 0 && time.Since(began) > listAccountsFor {
			answer.Body.Next = answer.Body.Items[n-1].Account
			break
		}
		standing, err := operator.Standing(ctx, account)
		switch {
		case errors.Is(err, campaign.ErrNotFound): // it was removed meanwhile
		case err != nil:
			return nil, a.problem(err)
		default:
			answer.Body.Items = append(answer.Body.Items, accountItem{AccountStanding: standing})
		}
	}
	return answer, nil
}

// visible are the accounts that the caller may see, in order.
func (a *Endpoints) visible(ctx context.Context) ([]string, error) {
	all, err := a.config.Client.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	seen := []string{}
	for _, account := range all {
		if a.config.Caller(ctx).May(access.Viewer, account) == nil {
			seen = append(seen, account)
		}
	}
	slices.Sort(seen)
	return seen, nil
}
