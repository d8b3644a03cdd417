package main

import (
	"context"
	"slices"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/internal/callback"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/worker"
)

// callbackFindings looks where Octopush reports to for an account, if the settings say
// where it should. What keeps the API from answering is found elsewhere.
func callbackFindings(ctx context.Context, k *koanf.Koanf, name string, a worker.Account) []doctor.Finding {
	want, err := callbackURLs(k, name)
	if err != nil {
		return nil
	}
	have, answer, err := worker.AskCallbacks(ctx, a)
	if err != nil || answer.Class != "ok" {
		return nil
	}
	var elsewhere []string
	for topic, urls := range map[callback.Topic][2]string{
		callback.Deliveries: {have.Deliveries, want.Deliveries}, callback.Replies: {have.Replies, want.Replies}, callback.OptOuts: {have.OptOuts, want.OptOuts},
	} {
		if urls[0] != urls[1] {
			elsewhere = append(elsewhere, string(topic))
		}
	}
	slices.Sort(elsewhere)
	return []doctor.Finding{doctor.Callbacks(name, elsewhere)}
}
