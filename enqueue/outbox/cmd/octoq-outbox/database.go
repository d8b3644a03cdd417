package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"
)

// newPool is a pool on the database of the settings. It connects to nothing yet.
func newPool(ctx context.Context) (*pgxpool.Pool, error) {
	dsn, err := valueOrFile(varDSN, "")
	if err != nil {
		return nil, err
	}
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, usagef("%s cannot be used: want postgres://USER:PASSWORD@HOST/NAME, with what is special in the password percent-encoded, or key=value", varDSN)
	}
	if _, named := cfg.ConnConfig.RuntimeParams["application_name"]; !named {
		cfg.ConnConfig.RuntimeParams["application_name"] = "octoq-outbox"
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return pool, nil
}

// withTx gives do a transaction, and commits it unless do fails.
func withTx(c *cobra.Command, do func(context.Context, pgx.Tx) error) error {
	ctx := c.Context()
	pool, err := newPool(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return do(ctx, tx) })
}
