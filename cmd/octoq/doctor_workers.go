package main

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/peers"
)

// differing looks for workers that work by different settings, in all accounts
// that this Redis has seen.
func differing(ctx context.Context, rdb redis.UniversalClient) []doctor.Finding {
	desk, err := admin.New(rdb, localuser.Name(), 0) // it only reads
	if err != nil {
		return []doctor.Finding{doctor.WorkersUnknown(err)}
	}
	accounts, err := desk.Accounts(ctx)
	if err != nil {
		return []doctor.Finding{doctor.WorkersUnknown(err)}
	}
	var found []doctor.Finding
	for _, account := range accounts {
		living, err := peers.New(rdb).Living(ctx, account)
		if err != nil {
			return append(found, doctor.WorkersUnknown(err))
		}
		var texts []string
		for _, d := range peers.Differences(living) {
			texts = append(texts, d.String())
		}
		found = append(found, doctor.Workers(account, texts)...)
	}
	return found
}
