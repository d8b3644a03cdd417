package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/console"
	"github.com/octoq/octoq/internal/dispatch"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/tracing"
	"github.com/octoq/octoq/internal/web"
)

func newWeb() *cobra.Command {
	c := &cobra.Command{
		Use:   "web",
		Short: "serve the web pages and the HTTP API",
		Long: "Serves " + web.MonitorPath + " (asynq's page, behind a guard), /metrics, /healthz, /readyz and the\n" +
			"HTTP API below /v1, which /openapi.json describes, until SIGINT or SIGTERM. As long as\n" +
			"there is no user and no token (octoq user, octoq token), it answers this machine alone.\n" +
			"Beyond this machine it wants --web-auth required, or a user (--web-user) with\n" +
			"OCTOQ_WEB_PASSWORD or OCTOQ_WEB_PASSWORD_FILE; and a certificate, or --web-plain-http\n" +
			"true where a proxy in front does TLS.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runWeb(c) },
	}
	addFlags(c.Flags(), "redis_url", "web_listen", "web_auth", "web_user", "web_password_file", "session_idle", "web_cert_file", "web_key_file", "web_plain_http",
		"web_spool_max", "callback_secret_file", "callback_secret_old_file", "callback_listen", "callback_proof", "numbers_key_file", "results_detail", "results_final", "numbers_keep", "webhook_key_file", "webhook_allow", "durable", "retention", "events_keep", "audit_log", "public_url", "oidc_issuer", "oidc_client_id", "oidc_client_secret_file", "oidc_scopes",
		"oidc_role_claim", "oidc_roles", "log_level", "log_format",
		"api_url", "api_plain_http", "api_login", "api_key_file", "api_timeout", "rate", "burst", "max_in_flight")
	readsToo(c, "accounts_dir", "web_password", "oidc_client_secret", "webhook_key", "callback_secret", "callback_secret_old", "numbers_key", "api_key")
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
	traces, err := openTraces(c.Context(), "octoq-web", log)
	if err != nil {
		return err
	}
	defer closeTraces(traces, log)
	return serveWeb(c, k, rdb, log, tracing.NewRequests(traces.Provider()))
}

// serveWeb serves what the settings say until it is to stop.
func serveWeb(c *cobra.Command, k *koanf.Koanf, rdb *redisconn.Client, log zerolog.Logger, requests *tracing.Requests) error {
	cfg, people, err := webConfig(c, k, rdb.UniversalClient, log)
	if err != nil {
		return err
	}
	cfg.Requests = requests
	hooks, err := webhooksOf(k, rdb)
	if err != nil {
		return err
	}
	defer hooks.Client.Close()
	reports, err := resultsOf(k, rdb)
	if err == nil {
		err = takeCallbacks(k, reports, &cfg)
	}
	if err != nil {
		return err
	}
	endpoints, actions, err := newAPI(c.Context(), k, rdb, cfg, people, hooks, reports)
	if err == nil {
		cfg.API = endpoints
		cfg.Pages, err = newConsole(endpoints)
	}
	if err != nil {
		return err
	}
	dispatcher, err := newDispatcher(rdb, hooks, &cfg)
	if err != nil {
		return err
	}
	relay, err := newRelay(k, rdb)
	if err != nil {
		return err
	}
	server, listener, err := openWeb(c.Context(), k, k.String("web_listen"), cfg)
	if err != nil {
		return err
	}
	defer runBeside(c.Context(), func(ctx context.Context) { relay.Run(ctx, warning(log, "events were not copied for their readers")) })()
	defer runBeside(c.Context(), func(ctx context.Context) { actions.Run(ctx, warning(log, "an action was broken off and will go on")) })()
	stop, err := runCallbacks(c, k, rdb, reports, cfg)
	if err != nil {
		return err
	}
	defer stop()
	defer runDispatcher(c.Context(), dispatcher)()
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "web: pages at %s://%s/\n", schemeOf(k), listener.Addr())
	return notRedis(server.Run(c.Context(), listener))
}

// warning logs errors of what runs in the background.
func warning(log zerolog.Logger, what string) func(error) {
	return func(err error) { log.Warn().Err(err).Msg(what) }
}

// schemeOf is how octoq web is reached.
func schemeOf(k *koanf.Koanf) string {
	if k.String("web_cert_file") != "" {
		return "https"
	}
	return "http"
}

// webConfig says who gets in, and what they see of Redis. asynq's page recognizes a cluster by
// the type of its client, so that is none of octoq's own around it.
func webConfig(c *cobra.Command, k *koanf.Koanf, rdb redis.UniversalClient, log zerolog.Logger) (web.Config, *api.People, error) {
	cfg, err := web.Over(rdb, versionText())
	if err != nil {
		return cfg, nil, err
	}
	cfg.Logger = log
	people, err := openAccess(k, rdb)
	if err != nil {
		return cfg, nil, err
	}
	if people, err = mirrored(k, people, c.OutOrStdout()); err != nil {
		return cfg, nil, err
	}
	cfg.Access = accessstore.NewDirectoryCache(people)
	if cfg.Required, err = signInRequired(k); err != nil {
		return cfg, nil, err
	}
	passwords := access.NewPasswords()
	if cfg.SignIn, err = signInOf(k, rdb, people, passwords); err != nil {
		return cfg, nil, err
	}
	cfg.Required = cfg.Required || cfg.SignIn.OIDC != nil
	return cfg, &api.People{Store: people, Passwords: passwords, Changed: cfg.Access.Forget}, nil
}

// newConsole makes the pages over the API.
func newConsole(endpoints http.Handler) (http.Handler, error) {
	return console.New(console.Config{
		API: endpoints, Caller: web.Caller,
		SignsOut: func(r *http.Request) bool { return web.Caller(r.Context()).Kind == access.OfUser },
	})
}

// newRelay makes the relay that copies events for their readers.
func newRelay(k *koanf.Koanf, rdb redis.UniversalClient) (*hub.Relay, error) {
	keep, err := eventsKeepOf(k)
	return hub.NewRelay(rdb, localuser.Name()+"/"+random.Token(), keep), err
}

// runBeside runs something until stop is called, which waits for its end.
func runBeside(ctx context.Context, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx)
	}()
	return func() { cancel(); <-ended }
}

// runDispatcher sends webhooks until stop is called, where there is a key for them.
func runDispatcher(ctx context.Context, d *dispatch.Dispatcher) (stop func()) {
	if d == nil {
		return func() {}
	}
	return runBeside(ctx, d.Run)
}

// signInRequired reads the setting web_auth: whether every caller has to sign in.
func signInRequired(k *koanf.Koanf) (bool, error) {
	switch mode := k.String("web_auth"); mode {
	case "auto":
		return false, nil
	case "required":
		return true, nil
	default:
		return false, usagef("web_auth (OCTOQ_WEB_AUTH) is %q: want auto or required", mode)
	}
}

// signInOf lets people sign in for as long as the settings say.
func signInOf(k *koanf.Koanf, rdb redis.UniversalClient, people *accessstore.Store, passwords *access.Passwords) (*web.SignIn, error) {
	idle, err := parseDuration(k.String("session_idle"))
	if err != nil || idle < time.Minute {
		return nil, usagef("session_idle (OCTOQ_SESSION_IDLE) is %q: want a duration such as 12h, 1m at least", k.String("session_idle"))
	}
	provider, err := oidcOf(k)
	if err != nil {
		return nil, err
	}
	return &web.SignIn{Sessions: accessstore.NewSessions(rdb), Idle: idle, Passwords: passwords, Note: people.Note, OIDC: provider}, nil
}

// openWeb makes a server for the callers that the settings let in, and opens its address.
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
	if cfg.Access != nil {
		if err := encrypt(k, &cfg); err != nil {
			return nil, nil, err
		}
	}
	server, err := web.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	listener, err := web.Listen(ctx, addr, cfg.Closed())
	if err != nil {
		return nil, nil, notOpened(err)
	}
	return server, listener, nil
}

// encrypt reads the settings of TLS.
func encrypt(k *koanf.Koanf, cfg *web.Config) error {
	cert, key := k.String("web_cert_file"), k.String("web_key_file")
	var err error
	if cfg.Proxied, err = strconv.ParseBool(k.String("web_plain_http")); err != nil {
		return usagef("web_plain_http (OCTOQ_WEB_PLAIN_HTTP) is %q: want true or false", k.String("web_plain_http"))
	}
	switch {
	case cert == "" && key == "":
		return nil
	case cfg.Proxied:
		return usagef("web_plain_http (OCTOQ_WEB_PLAIN_HTTP) and web_cert_file (OCTOQ_WEB_CERT_FILE) do not go together")
	}
	if cfg.TLS, err = web.Certificate(cert, key, cfg.Logger); err != nil {
		return usagef("web_cert_file (OCTOQ_WEB_CERT_FILE) and web_key_file (OCTOQ_WEB_KEY_FILE): %v", err)
	}
	return nil
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
