package main

import (
	"context"
	"os/user"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
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
	desk, err := admin.New(rdb, operator(), retention)
	if err != nil {
		return err
	}
	return do(c.Context(), desk)
}

// operator is the name under which timelines record what a person did.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "operator"
}
