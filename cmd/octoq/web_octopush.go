package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/callback"
	"github.com/octoq/octoq/worker"
)

// webOctopush asks Octopush for the HTTP API, as commands do, by the credentials of the
// settings.
type webOctopush struct {
	k   *koanf.Koanf
	rdb redis.UniversalClient
	log zerolog.Logger
}

// Callbacks are the addresses that Octopush has for an account.
func (o webOctopush) Callbacks(ctx context.Context, account string) (callback.Addresses, error) {
	addresses, err := askCallbacks(ctx, o.k, account)
	return addresses, ofOctopush(err)
}

// SetCallbacks has Octopush report to this octoq web.
func (o webOctopush) SetCallbacks(ctx context.Context, account string) (callback.Addresses, error) {
	addresses, err := setCallbacks(ctx, o.k, account)
	return addresses, ofOctopush(err)
}

// Contacts opens what adds contacts within an account's limits.
func (o webOctopush) Contacts(account string) (api.ContactsAPI, error) {
	a, err := apiAccount(o.k, account)
	if err != nil {
		return nil, ofOctopush(err)
	}
	opened, err := worker.OpenContacts(o.rdb, account, a, func(err error) {
		o.log.Warn().Str("account", account).Err(err).Msg("adding contacts is in trouble")
	})
	if err != nil {
		return nil, ofOctopush(usagef("%v", err))
	}
	return contactsAPI{opened}, nil
}

// ofOctopush is an error of a command in the words of the HTTP API.
func ofOctopush(err error) error {
	if err == nil {
		return nil
	}
	if _, settings := errors.AsType[*usageError](err); settings {
		return fmt.Errorf("%w: %w", api.ErrNotSetUp, err)
	}
	return fmt.Errorf("%w: %w", api.ErrOctopush, err)
}
