package main

import (
	"context"
	"os/user"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
)

// withDesk gives do an operator's desk on the Redis of the settings, after
// making sure that it answers.
func withDesk(c *cobra.Command, do func(context.Context, *admin.Desk) error) error {
	return withRedis(c, func(ctx context.Context, rdb *redis.Client) error {
		desk, err := admin.New(rdb, operator())
		if err != nil {
			return err
		}
		return do(ctx, desk)
	})
}

// operator is the name that timelines bear.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "operator"
}
