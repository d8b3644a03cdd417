// Package balancestore keeps in Redis what credit an account had at Octopush when a worker
// last asked, for processes without a key of the account. Nothing is decided on it.
package balancestore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// Credit is the credit of an account at a moment. The JSON names are stable.
type Credit struct {
	Amount campaign.Money `json:"amount" doc:"euros, as Octopush said"`
	At     time.Time      `json:"at" doc:"when a worker asked"`
}

// The fields of the hash.
const (
	amountField = "amount" // in 1/10,000 euro
	atField     = "at"     // in milliseconds
)

// Put notes what an account has.
func Put(ctx context.Context, rdb redis.Cmdable, account string, s Credit) error {
	err := rdb.HSet(ctx, key.Balance(account), amountField, int64(s.Amount), atField, s.At.UnixMilli()).Err()
	if err != nil {
		return fmt.Errorf("note the balance of account %s: %w", account, err)
	}
	return nil
}

// Get is what an account had when it was last asked for; ok is false where it never was.
func Get(ctx context.Context, rdb redis.Cmdable, account string) (s Credit, ok bool, err error) {
	hash, err := rdb.HGetAll(ctx, key.Balance(account)).Result()
	if err != nil || len(hash) == 0 {
		return s, false, of(account, err)
	}
	amount, amountErr := strconv.ParseInt(hash[amountField], 10, 64)
	at, atErr := strconv.ParseInt(hash[atField], 10, 64)
	if err := errors.Join(amountErr, atErr); err != nil {
		return s, false, of(account, err)
	}
	return Credit{Amount: campaign.Money(amount), At: time.UnixMilli(at).UTC()}, true, nil
}

func of(account string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read the balance of account %s: %w", account, err)
}
