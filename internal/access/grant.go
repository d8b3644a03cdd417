package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// Grant is a role in some accounts.
type Grant struct {
	Role Role `json:"role" enum:"viewer,producer,approver,operator,admin"`
	// Accounts are where it holds; none means in all.
	Accounts []string `json:"accounts,omitempty" doc:"where the role holds; in all accounts when absent"`
}

// maxAccounts is how many accounts one grant may name.
const maxAccounts = 100

// ParseGrant reads "operator", or "operator@a+b" for the accounts a and b alone.
func ParseGrant(text string) (Grant, error) {
	role, accounts, limited := strings.Cut(text, "@")
	g := Grant{Role: Role(role)}
	if limited {
		g.Accounts = strings.Split(accounts, "+")
	}
	return g, g.check()
}

// String is the text that ParseGrant reads.
func (g Grant) String() string {
	if len(g.Accounts) == 0 {
		return string(g.Role)
	}
	return string(g.Role) + "@" + strings.Join(g.Accounts, "+")
}

func (g Grant) check() error {
	if !g.Role.Valid() {
		return fmt.Errorf("%q is no role: want viewer, producer, approver, operator or admin, and @account+account behind it where it holds in some alone", g.Role)
	}
	if len(g.Accounts) > maxAccounts {
		return fmt.Errorf("the role %s names %d accounts, at most %d are allowed", g.Role, len(g.Accounts), maxAccounts)
	}
	if g.Accounts != nil && len(g.Accounts) == 0 {
		return fmt.Errorf("the role %s names an empty list of accounts: leave accounts out for all of them, or name some", g.Role)
	}
	for _, a := range g.Accounts {
		if !campaign.ValidAccount(a) {
			return fmt.Errorf("%q is no name of an account: names are 1 to 32 of a-z 0-9 _ -", a)
		}
	}
	return nil
}

// holdsIn reports whether the grant holds in an account; "" is all of them at once.
func (g Grant) holdsIn(account string) bool {
	return len(g.Accounts) == 0 || account != "" && slices.Contains(g.Accounts, account)
}

// CheckGrants refuses grants that cannot be given. There has to be one.
func CheckGrants(grants []Grant) error {
	const most = 20
	switch {
	case len(grants) == 0:
		return errors.New("no role is given, so it could do nothing")
	case len(grants) > most:
		return fmt.Errorf("%d roles are given, at most %d are allowed", len(grants), most)
	}
	for _, g := range grants {
		if err := g.check(); err != nil {
			return err
		}
	}
	return nil
}

// GrantsText is how people read grants.
func GrantsText(grants []Grant) string {
	texts := make([]string, len(grants))
	for i, g := range grants {
		texts[i] = g.String()
	}
	return strings.Join(texts, " ")
}
