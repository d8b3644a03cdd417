package worker

import (
	"context"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// AccountAnswer is what became of asking the API for the balance of an account.
type AccountAnswer struct {
	// Class sorts the answer, in the words of the metric of calls: ok; account, where
	// the API refuses the account; throttled; transient; unanswered; not_sent, where
	// the API was not reached; unknown.
	Class string
	// Code is the API's, 0 if none, and HTTPStatus 0 if there was no answer.
	Code, HTTPStatus int
	Message          string // for people: one line, without secrets
	Balance          campaign.Money
}

// CheckAccount asks the API for the account's balance, once: the cheapest call
// that proves its credentials. The error is about the settings, which do not
// even allow to ask; whatever else happens is an answer. Neither contains the
// key.
//
// It is for people who look for a fault, with or without a Redis: the call
// passes by the limits that workers share, and by a hold.
func CheckAccount(ctx context.Context, a Account) (AccountAnswer, error) {
	client, err := clientOf(a)
	if err != nil {
		return AccountAnswer{}, err
	}
	defer client.Close()
	return answerOf(client.Do(ctx, record.Request{Call: campaign.CallBalance})), nil
}
