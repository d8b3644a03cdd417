package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/localuser"
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
	desk, err := admin.New(rdb, localuser.Name(), retention)
	if err != nil {
		return err
	}
	people := accessstore.New(rdb, localuser.Name(), durability.Target{})
	return do(c.Context(), desk.Noting(func(ctx context.Context, n admin.Note) {
		noteAct(ctx, people, n, func(err error) {
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: it is done, but the audit log lacks a line: %v\n", err)
		})
	}))
}
