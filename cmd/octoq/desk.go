package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/durability"
)

// withDesk gives do an operator's desk on the Redis of the settings, after
// making sure that it answers.
func withDesk(c *cobra.Command, do func(context.Context, *admin.Service) error) error {
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
	caller, err := actingAs(c.Context(), c, k)
	if err != nil {
		return err
	}
	desk, err := admin.New(rdb, caller.Name, retention)
	if err != nil {
		return err
	}
	people := accessstore.New(rdb, caller.Name, durability.Target{})
	return do(c.Context(), desk.Noting(func(ctx context.Context, n admin.Note) {
		noteAct(ctx, people, n, func(err error) {
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: it is done, but the audit log lacks a line: %v\n", err)
		})
	}))
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
