package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/tracing"
)

// connectTimeout bounds how long a command waits for a Redis that is away.
const connectTimeout = 5 * time.Second

// withClient gives do a client on the Redis of the settings, after making sure
// that it answers.
func withClient(c *cobra.Command, do func(context.Context, *enqueue.Client) error) error {
	return withClientOf(c, func(*enqueue.Config, *koanf.Koanf, access.Caller) {}, do)
}

// withClientOf is withClient for a client that configure sets up further.
func withClientOf(c *cobra.Command, configure func(*enqueue.Config, *koanf.Koanf, access.Caller), do func(context.Context, *enqueue.Client) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	address, err := redisURL(k)
	if err != nil {
		return err
	}
	retention, err := retentionOf(k)
	if err != nil {
		return err
	}
	files := redisFiles(k)
	cfg := enqueue.Config{
		RedisURL: address, RedisCAFile: files.CA, RedisCertFile: files.Cert, RedisKeyFile: files.Key,
		RedisSentinelPasswordFile: files.SentinelPassword, Retention: retention,
	}
	caller, err := actingAlone(c, k)
	if err != nil {
		return err
	}
	cfg.Who = caller.Name
	configure(&cfg, k, caller)
	client, err := enqueue.New(cfg)
	if _, ok := errors.AsType[*redisconn.FileFault](err); ok {
		return ofRedisFile(err)
	}
	if err != nil {
		return usagef("%v", err)
	}
	defer func() { _ = client.Close() }()
	if err := ping(c.Context(), client.Ping); err != nil {
		return err
	}
	c.SetContext(tracing.WithParent(c.Context(), os.Getenv(tracing.Variable)))
	return do(c.Context(), client)
}

// addTarget gives a command the flags that name a campaign's Redis and account.
func addTarget(c *cobra.Command) {
	addFlags(c.Flags(), "redis_url")
	c.Flags().String("account", campaign.DefaultAccount, "account of the campaign")
}

func accountFlag(c *cobra.Command) string {
	account, err := c.Flags().GetString("account")
	if err != nil {
		return campaign.DefaultAccount
	}
	return account
}

// printJSON writes one object on one line.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printIndented writes one object over several lines, for people.
func printIndented(w io.Writer, v any) error {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, plainJSON(text.String()))
	return err
}

// printDone prints what a command has done: an object for programs, a sentence for
// people. If printing fails, the command has succeeded all the same.
func printDone(c *cobra.Command, object any, format string, args ...any) error {
	if jsonWanted(c) {
		return shown(c, printJSON(c.OutOrStdout(), object))
	}
	_, err := io.WriteString(c.OutOrStdout(), plainLines(fmt.Sprintf(format, args...)))
	return shown(c, err)
}

// shown is nil: what a command has done does not fail because its result could not
// be printed. The trouble is said on standard error.
func shown(c *cobra.Command, err error) error {
	warnUnshown(c.ErrOrStderr(), err)
	return nil
}

func warnUnshown(to io.Writer, err error) {
	if err != nil {
		_, _ = fmt.Fprintf(to, "warning: it is done, but the result could not be printed: %v\n", err)
	}
}
