package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/web"
)

func newWeb() *cobra.Command {
	c := &cobra.Command{
		Use:   "web",
		Short: "serve the web pages: queues, metrics, health",
		Long: "Serves " + web.MonitorPath + " (asynq's page, behind a guard), /metrics, /healthz and /readyz\n" +
			"until SIGINT or SIGTERM. Beyond this machine it wants a user (--web-user) and a\n" +
			"password, which is no flag: set OCTOQ_WEB_PASSWORD, or OCTOQ_WEB_PASSWORD_FILE. It\n" +
			"speaks plain HTTP: put a proxy with TLS in front before others are to see it.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runWeb(c) },
	}
	addFlags(c.Flags(), "redis_url", "web_listen", "web_user", "web_password_file", "log_level", "log_format")
	readsToo(c, "web_password")
	return c
}

func runWeb(c *cobra.Command) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	log, err := newLogger(k, c.ErrOrStderr())
	if err != nil {
		return err
	}
	rdb, err := dial(c.Context(), k)
	if err != nil {
		return err
	}
	defer func() { _ = rdb.Close() }()
	cfg, err := web.Over(rdb)
	if err != nil {
		return err
	}
	cfg.Logger = log
	server, listener, err := openWeb(c.Context(), k, k.String("web_listen"), cfg)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "web: pages at http://%s/\n", listener.Addr())
	return notRedis(server.Run(c.Context(), listener))
}

// openWeb makes a server for whoever the settings let in, and opens its address.
func openWeb(ctx context.Context, k *koanf.Koanf, addr string, cfg web.Config) (*web.Server, net.Listener, error) {
	password, err := valueOrFile(k, "web_password")
	if err != nil {
		return nil, nil, err
	}
	login, err := web.NewLogin(k.String("web_user"), password)
	if err != nil {
		return nil, nil, usagef("%v", err)
	}
	cfg.Login = login
	server, err := web.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	listener, err := web.Listen(ctx, addr, login)
	if err != nil {
		return nil, nil, notOpened(err)
	}
	return server, listener, nil
}

// notOpened says whether an address is wrong, or cannot be had just now.
func notOpened(err error) error {
	if errors.Is(err, web.ErrOpen) || errors.Is(err, web.ErrAddress) {
		return usagef("%v", err)
	}
	return notRedis(err)
}

// notRedis keeps a network error of our own from being taken for Redis's.
func notRedis(err error) error {
	if err == nil {
		return nil
	}
	return &codeError{code: exitFailed, text: err.Error()}
}
