package main

import (
	"context"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/action"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/resultstore"
	"github.com/octoq/octoq/internal/web"
)

// newAPI makes the API, in its callers' names, and what carries out its
// actions. Its bulk requests end with ctx.
func newAPI(
	ctx context.Context, k *koanf.Koanf, rdb redis.UniversalClient, cfg web.Config, people *api.People, hooks *api.Webhooks, reports *resultstore.Store,
) (*api.Endpoints, *action.Actions, error) {
	log := cfg.Logger
	retention, err := retentionOf(k)
	if err != nil {
		return nil, nil, err
	}
	spoolMax, err := spoolMaxOf(k)
	if err != nil {
		return nil, nil, err
	}
	client, err := enqueue.New(enqueue.Config{
		Client: rdb, Retention: retention, Warn: func(text string) { log.Warn().Msg(text) },
	})
	if err != nil {
		return nil, nil, usagef("%v", err)
	}
	operator := func(who string) (*admin.Service, error) {
		service, err := admin.New(rdb, who, retention)
		if err != nil {
			return nil, err
		}
		return service.Noting(func(ctx context.Context, n admin.Note) {
			noteAct(ctx, people.Store.As(who, web.Caller(ctx).From), n, func(err error) { log.Warn().Err(err).Str("action", n.Action).Msg("the audit log lacks a line") })
		}), nil
	}
	actions, err := action.New(action.Config{Redis: rdb, Client: client, Operator: operator, Ended: func(ctx context.Context, s action.Status) {
		if err := noteEnd(ctx, people.Store, s); err != nil {
			log.Warn().Err(err).Msg("the audit log does not have that an action ended")
		}
	}})
	if err != nil {
		return nil, nil, err
	}
	endpoints, err := api.New(api.Config{
		Client: client, Version: versionText(), Caller: web.Caller, StillAllowed: web.StillAllowed, People: people, Events: hub.NewReader(rdb), Reports: reports, Octopush: webOctopush{k, rdb, log}, Webhooks: hooks, Stopping: ctx.Done(), SpoolMax: spoolMax,
		Operator: operator, Actions: actions, Requests: cfg.Requests,
		OnError: func(err error) { log.Warn().Err(err).Msg("a request of the API failed") },
	})
	return endpoints, actions, err
}
