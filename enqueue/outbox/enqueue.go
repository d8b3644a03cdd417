package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/tracing"
)

// Receipt says what waits in the outbox once the transaction has committed.
type Receipt struct {
	Account  string             `json:"account"`
	ID       string             `json:"id"`
	Warnings []campaign.Warning `json:"warnings,omitempty"`
}

// Option changes how campaigns are enqueued.
type Option func(*options) error

type options struct{ who string }

// By names who enqueues, as enqueue.Config.Who does: at most 128 bytes that can be
// printed. By default it is the user of this process on its machine.
func By(who string) Option {
	return func(o *options) error {
		if err := actor.Check(who); err != nil {
			return fmt.Errorf("outbox: the name that By gives %w", err)
		}
		o.who = who
		return nil
	}
}

func collect(opts []Option) (options, error) {
	var o options
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return options{}, err
		}
	}
	if o.who == "" {
		o.who = localuser.Name()
	}
	return o, nil
}

// Enqueue writes a campaign into the outbox, as part of a transaction. An invalid one
// is refused with every fault at once (campaign.ErrInvalid), before anything is
// written, and the transaction goes on. An empty id is chosen.
//
// The trace of ctx goes with the campaign, as one that is enqueued without an outbox has it.
//
// Which ids Redis knows already is not looked at. A relay drops a campaign that is
// known with the same content: it was enqueued before. One that is known with other
// content it refuses, see Refused.
func Enqueue(ctx context.Context, tx Tx, item campaign.Campaign, opts ...Option) (Receipt, error) {
	receipts, err := EnqueueAll(ctx, tx, []campaign.Campaign{item}, opts...)
	if err != nil {
		if invalid, ok := errors.AsType[*InvalidError](err); ok {
			err = invalid.Err
		}
		return Receipt{}, err
	}
	return receipts[0], nil
}

// EnqueueAll is Enqueue for many campaigns, by one statement for every 1,000. If one
// of them is invalid it fails with an InvalidError, and none is written.
func EnqueueAll(ctx context.Context, tx Tx, items []campaign.Campaign, opts ...Option) ([]Receipt, error) {
	o, err := collect(opts)
	if err != nil {
		return nil, err
	}
	receipts, encoded, err := completeAll(items)
	if err != nil {
		return nil, err
	}
	const atOnce = 1000
	for part := range slices.Chunk(encoded, atOnce) {
		if err := insert(ctx, tx, part, o); err != nil {
			return nil, err
		}
	}
	return receipts, nil
}

// InvalidError is returned by EnqueueAll for the first campaign that is invalid.
type InvalidError struct {
	Index int // its place in what was given, from 0
	Err   error
}

func (e *InvalidError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap is what is wrong with it, a campaign.ValidationError.
func (e *InvalidError) Unwrap() error { return e.Err }

// completeAll gives campaigns what they lack, and refuses them at the first that is
// invalid. The second result is the campaigns in JSON.
func completeAll(items []campaign.Campaign) ([]Receipt, []json.RawMessage, error) {
	var checker enqueue.Checker
	receipts, encoded := make([]Receipt, len(items)), make([]json.RawMessage, len(items))
	for i, item := range items {
		item, warnings, err := checker.Complete(item)
		if err == nil {
			encoded[i], err = encode(item)
		}
		if err != nil {
			return nil, nil, &InvalidError{Index: i, Err: err}
		}
		receipts[i] = Receipt{Account: item.Account, ID: item.ID, Warnings: warnings}
	}
	return receipts, encoded, nil
}

// encode writes a campaign as the relay reads it, which is stricter than Validate: a
// time of an offset that no clock has is refused.
func encode(item campaign.Campaign) (json.RawMessage, error) {
	text, err := json.Marshal(item)
	if err != nil {
		return nil, fmt.Errorf("encode campaign %s: %w", item.ID, err)
	}
	_, err = input.Decode(text)
	return text, err
}

// One parameter with all of them is what every driver can pass.
const insertSQL = `INSERT INTO octoq_outbox (campaign, who, trace)
SELECT campaign, $2::text, $3::text FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS c (campaign, n) ORDER BY n`

func insert(ctx context.Context, tx Tx, encoded []json.RawMessage, o options) error {
	text, err := json.Marshal(encoded)
	if err != nil {
		return fmt.Errorf("encode campaigns for the outbox: %w", err)
	}
	if _, err := tx.Exec(ctx, insertSQL, string(text), o.who, tracing.Parent(ctx)); err != nil {
		return fmt.Errorf("write into the outbox: %w", err)
	}
	return nil
}
