package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/redisconn"
)

// atDesk is what operators' commands work with on one Redis, in the actor's name.
type atDesk struct {
	rdb       *redisconn.Client
	caller    access.Caller
	retention time.Duration
	audit     *accessstore.Store
}

// operator is an operator's access in a name.
func (d atDesk) operator(who string) (*admin.Service, error) {
	return admin.New(d.rdb, who, d.retention)
}

// onRedis gives do the Redis of the settings, after making sure that it answers, and
// that the actor may run the command.
func onRedis(c *cobra.Command, do func(context.Context, atDesk) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	retention, err := retentionOf(k)
	if err != nil {
		return err
	}
	rdb, err := dial(c.Context(), k)
	if err != nil {
		return err
	}
	defer func() { _ = rdb.Close() }()
	caller, err := actingAs(c.Context(), c, k, rdb)
	if err != nil {
		return err
	}
	return do(c.Context(), atDesk{rdb: rdb, caller: caller, retention: retention, audit: accessstore.New(rdb, caller.Name, durability.Target{})})
}

// withDesk gives do an operator's desk on the Redis of the settings.
func withDesk(c *cobra.Command, do func(context.Context, *admin.Service) error) error {
	return withDeskOn(c, func(ctx context.Context, d *admin.Service, _ redis.UniversalClient) error { return do(ctx, d) })
}

// withDeskOn is withDesk for what needs the Redis besides.
func withDeskOn(c *cobra.Command, do func(context.Context, *admin.Service, redis.UniversalClient) error) error {
	return onRedis(c, func(ctx context.Context, d atDesk) error {
		desk, err := d.operator(d.caller.Name)
		if err != nil {
			return err
		}
		return do(ctx, desk.Noting(func(ctx context.Context, n admin.Note) {
			noteAct(ctx, d.audit, n, func(err error) {
				_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: it is done, but the audit log lacks a line: %v\n", err)
			})
		}), d.rdb)
	})
}

// noteAct appends what an operator has done to the audit log. What is done stays done:
// trouble is only reported.
func noteAct(ctx context.Context, s *accessstore.Store, n admin.Note, report func(error)) {
	const within = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	if err := s.Note(ctx, accessstore.AuditEntry{Action: n.Action, Account: n.Account, Subject: n.Subject, Detail: n.Detail}); err != nil {
		report(err)
	}
}
