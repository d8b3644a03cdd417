package access

import (
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
)

// CallerKind is what a caller is.
type CallerKind string

// The kinds of callers.
const (
	OfUser  CallerKind = "user"  // a person who signed in
	OfToken CallerKind = "token" // a program
	OfOpen  CallerKind = "open"  // a caller on the machine of an octoq web without users and tokens
)

// Caller is the user, token or machine that makes a request. The zero Caller may do nothing.
type Caller struct {
	Name   string // as timelines have it, such as "user:anna"
	From   string // the address that the request comes from
	Kind   CallerKind
	Email  string // that an OpenID Connect provider has verified; "" where there is none
	Grants []Grant
	// Forces is what happens to campaigns that the caller enqueues.
	Forces TokenKind
}

// Shown is the name that people read: the address behind the provider's name, if there
// is one.
func (c Caller) Shown() string {
	if c.Email == "" {
		return c.Name
	}
	return c.Email + " (" + c.Name + ")"
}

// DeniedError says that a caller may not do something.
type DeniedError struct {
	Who     string
	Role    Role   // the one that is needed
	Account string // where; "" is in all accounts
	// Elsewhere: the caller has the role in other accounts.
	Elsewhere bool
	// Nameless: the caller is neither a user nor a token, and it takes one.
	Nameless bool
}

func (e *DeniedError) Error() string {
	switch {
	case e.Nameless:
		return "this takes a user or a token, and there is none yet: octoq user add NAME --role admin adds the first"
	case !e.Elsewhere:
		return fmt.Sprintf("%s is not allowed to do this: it needs the role %s", e.Who, e.Role)
	case e.Account == "":
		return fmt.Sprintf("%s is not allowed to do this: it concerns all accounts, and the role %s is limited to some", e.Who, e.Role)
	default:
		return fmt.Sprintf("%s is not allowed to do this in account %s: the role %s is limited to others", e.Who, e.Account, e.Role)
	}
}

// May returns nil if the caller has a role in an account, else a DeniedError. An account
// "" is for what concerns all of them.
func (c Caller) May(r Role, account string) error {
	elsewhere := false
	for _, g := range c.Grants {
		if !g.Role.covers(r) {
			continue
		}
		if g.holdsIn(account) {
			return nil
		}
		elsewhere = true
	}
	return &DeniedError{Who: c.Name, Role: r, Account: account, Elsewhere: elsewhere}
}

// MayAnywhere is May for what shows a caller only its own accounts.
func (c Caller) MayAnywhere(r Role) error {
	if slices.ContainsFunc(c.Grants, func(g Grant) bool { return g.Role.covers(r) }) {
		return nil
	}
	return &DeniedError{Who: c.Name, Role: r}
}

// MayDo is May for an operation of the table.
func (c Caller) MayDo(rule Rule, account string) error {
	if rule.Named && c.Kind == OfOpen {
		return &DeniedError{Who: c.Name, Role: rule.Role, Nameless: true}
	}
	if rule.Or != "" {
		other := rule
		other.Role, other.Or, rule.Or = rule.Or, "", ""
		if c.MayDo(other, account) == nil {
			return nil
		}
	}
	switch rule.Where {
	case Anywhere:
		return c.MayAnywhere(rule.Role)
	case InAll:
		return c.May(rule.Role, "")
	default:
		return c.May(rule.Role, account)
	}
}

// Open is the caller of an octoq web without users and tokens, by the name of the user that runs it.
func Open(name string) Caller {
	return Caller{Name: name, Kind: OfOpen, Grants: []Grant{{Role: Admin}}, Forces: Live}
}

// Force is a campaign as the caller may enqueue it: one with a token of the kind review
// waits for a person, one of the kind simulate is not sent, whatever it says.
func (c Caller) Force(item campaign.Campaign) campaign.Campaign {
	switch c.Forces {
	case Review:
		item.Confirm = campaign.ConfirmManual
	case Simulate:
		item.SimulationMode = true
	case Live:
	}
	return item
}
