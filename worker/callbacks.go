package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/record"
)

// CallbackURLs are the addresses to which Octopush reports what became of an account's
// messages. An empty one is none.
type CallbackURLs struct {
	Deliveries string
	Replies    string
	OptOuts    string
}

// AskCallbacks asks the API where an account's reports go. The error is a fault of the
// settings; what the API says otherwise is in the answer, and the addresses count where its
// Class is "ok".
func AskCallbacks(ctx context.Context, a Account) (CallbackURLs, AccountAnswer, error) {
	client, err := clientOf(a)
	if err != nil {
		return CallbackURLs{}, AccountAnswer{}, err
	}
	defer client.Close()
	urls, out := client.CallbackURLs(ctx)
	return CallbackURLs{Deliveries: urls.Deliveries, Replies: urls.Replies, OptOuts: urls.OptOuts}, answerOf(out), nil
}

// SetCallbacks has the API report to some addresses. It may be repeated.
func SetCallbacks(ctx context.Context, a Account, urls CallbackURLs) (AccountAnswer, error) {
	client, err := clientOf(a)
	if err != nil {
		return AccountAnswer{}, err
	}
	defer client.Close()
	return answerOf(client.SetCallbackURLs(ctx, octopush.CallbackURLs{Deliveries: urls.Deliveries, Replies: urls.Replies, OptOuts: urls.OptOuts})), nil
}

// clientOf is a client of the API for one account.
func clientOf(a Account) (*octopush.Client, error) {
	a, faults := a.withDefaults()
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	client, err := octopush.New(a.api())
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return client, nil
}

func answerOf(out record.Outcome) AccountAnswer {
	return AccountAnswer{Class: string(out.Class), Code: out.Code, Message: out.Message, HTTPStatus: out.HTTPStatus, Balance: out.Balance}
}
