package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/localuser"
)

// operationOf is for each command that a token may carry out the operation of the API
// that it is, whose role it needs.
func operationOf() map[string]string {
	return map[string]string{
		"enqueue": "put-campaign", "status": "get-campaign", "list": "list-campaigns",
		"approve": "approve-campaign", "reject": "reject-campaign", "cancel": "cancel-campaign",
		"dead ls": "list-campaigns", "dead show": "get-campaign", "dead edit": "mend-campaign", "dead replay": "replay-campaign", "dead purge": "purge-campaign",
		"hold ls": "get-account", "hold set": "hold-account", "hold clear": "lift-hold", "vouch": "vouch-account",
		"account ls": "get-account", "account rm": "put-rules", // an admin's, as all that sets an account up
		"budget ls": "list-budgets", "budget set": "put-budget", "budget rm": "delete-budget", "rules show": "get-rules", "rules set": "put-rules",
		"schedule ls": "list-schedules", "schedule add": "put-schedule", "schedule rm": "delete-schedule",
		"schedule pause": "pause-schedule", "schedule resume": "resume-schedule", "schedule run": "run-schedule",
		"user add": "add-user", "user ls": "list-users", "user passwd": "change-user", "user rm": "remove-user",
		"token add": "add-token", "token ls": "list-tokens", "token rm": "remove-token",
		"auth reset": "remove-user", "audit": "read-audit", "report": "get-stats",
		"results": "get-results", "optouts ls": "list-optouts", "optouts export": "list-optouts", "optouts rm": "delete-optout",
		"replies ls": "list-replies", "replies export": "list-replies", "replies rm": "delete-replies", "contacts push": "post-contacts", "quote": "put-campaign", "proof": "proof-campaign",
	}
}

// takeTokens lets each of those commands act in the name of a token.
func takeTokens(root *cobra.Command) {
	for path := range operationOf() {
		if c, rest, err := root.Find(strings.Fields(path)); err == nil && len(rest) == 0 {
			addFlags(c.Flags(), "token_file")
			readsToo(c, "token")
		}
	}
}

// pathOf is how a command is called, without the program's name.
func pathOf(c *cobra.Command) string {
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	return path
}

// actingAs is the actor of a command: with a token of the settings that one, which has to
// have the role; else the user of this machine, who may do what the login of Redis may.
// The token is looked up over rdb, which may be nil where none is set.
func actingAs(ctx context.Context, c *cobra.Command, k *koanf.Koanf, rdb redis.UniversalClient) (access.Caller, error) {
	token, err := valueOrFile(k, "token")
	if err != nil || token == "" {
		return access.Open(localuser.Name()), err
	}
	if _, err := access.TokenID(token); err != nil {
		return access.Caller{}, usagef("token (OCTOQ_TOKEN): %v", err)
	}
	d, err := accessstore.New(rdb, localuser.Name(), durability.Target{}).Load(ctx)
	if redis.IsPermissionError(err) {
		return access.Caller{}, fmt.Errorf("token (OCTOQ_TOKEN): this login of Redis may not look it up: use an operator's login, or the HTTP API: %w", err)
	}
	if err != nil {
		return access.Caller{}, err
	}
	t, err := d.TokenOf(token, time.Now())
	if err != nil {
		return access.Caller{}, &codeError{code: exitDenied, text: fmt.Sprintf("token (OCTOQ_TOKEN): %v", err)}
	}
	caller := t.Caller()
	return caller, mayRun(c, caller, targetOf(c))
}

// actingAlone is actingAs for a command that has no connection of its own: a token alone
// needs one.
func actingAlone(c *cobra.Command, k *koanf.Koanf) (access.Caller, error) {
	if k.String("token") == "" && k.String("token"+inFile) == "" {
		return actingAs(c.Context(), c, k, nil)
	}
	rdb, err := dial(c.Context(), k)
	if err != nil {
		return access.Caller{}, err
	}
	defer func() { _ = rdb.Close() }()
	return actingAs(c.Context(), c, k, rdb)
}

// mayRun refuses a command whose role the caller lacks in an account. Of a file each line
// is looked at by itself, and a plan's account is known once it is read.
func mayRun(c *cobra.Command, caller access.Caller, account string) error {
	rule, known := access.RuleOf(operationOf()[pathOf(c)])
	if !known {
		return fmt.Errorf("octoq %s takes no token", pathOf(c))
	}
	if rule.Where == access.InAccount && account == "" && saysItself(c) {
		rule.Where = access.Anywhere
	}
	return denied(caller.MayDo(rule, account))
}

// saysItself reports whether what a command is about is in a file, or in a plan.
func saysItself(c *cobra.Command) bool {
	for _, name := range []string{"file", "plan"} {
		if f := c.Flags().Lookup(name); f != nil && f.Changed {
			return true
		}
	}
	return false
}

// targetOf is the account that a command is about, "" where that is all of them, or
// where something else says it.
func targetOf(c *cobra.Command) string {
	if saysItself(c) {
		return ""
	}
	if all, err := c.Flags().GetBool("all"); err == nil && all {
		return ""
	}
	account, err := c.Flags().GetString("account")
	if err != nil {
		return ""
	}
	if account == "" && pathOf(c) == "enqueue" {
		return campaign.DefaultAccount // a field of the campaign, that has a default
	}
	return account
}

// denied gives a refusal its exit code.
func denied(err error) error {
	if d, ok := errors.AsType[*access.DeniedError](err); ok {
		return &codeError{code: exitDenied, text: d.Error()}
	}
	return err
}

// ruleOf is what becomes of each campaign that the caller enqueues: refused where they
// may not, and as their token's kind wants it.
func ruleOf(caller access.Caller) func(campaign.Campaign) (campaign.Campaign, error) {
	return func(item campaign.Campaign) (campaign.Campaign, error) {
		if err := caller.May(access.Producer, content.WithDefaults(item).Account); err != nil {
			return item, fmt.Errorf("%w: %w", campaign.ErrInvalid, err)
		}
		return caller.Force(item), nil
	}
}
