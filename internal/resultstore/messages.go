package resultstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/phone"
)

// KeptMessage is a reply or an opt-out that is kept. The JSON names are stable.
type KeptMessage struct {
	Number string    `json:"number,omitempty" doc:"in international form, such as +33612345678; absent once it was deleted"`
	Hash   string    `json:"hash" doc:"the number's keyed hash, which stays when the number is deleted"`
	Ticket string    `json:"ticket,omitempty" doc:"of the campaign that it answers"`
	Text   string    `json:"text,omitempty"`
	At     time.Time `json:"at,omitzero" doc:"its date as Octopush says"`
	// ReceivedAt is when octoq first had it.
	ReceivedAt time.Time `json:"received_at,omitzero"`
	DeletedAt  time.Time `json:"deleted_at,omitzero" doc:"when the number was deleted; it stays blocked"`
}

// MessagePage is a part of a list, oldest first.
type MessagePage struct {
	Items []KeptMessage `json:"items"`
	Next  string        `json:"next,omitempty" doc:"the cursor of the next page; absent on the last"`
}

// OptOuts lists the numbers that want no more messages, from a cursor on.
func (s *Store) OptOuts(ctx context.Context, account, cursor string, limit int) (MessagePage, error) {
	return s.page(ctx, key.OptOuts(account), key.OptOutsByTime(account), cursor, limit)
}

// Replies lists replies, from a cursor on.
func (s *Store) Replies(ctx context.Context, account, cursor string, limit int) (MessagePage, error) {
	return s.page(ctx, key.Replies(account), key.RepliesByTime(account), cursor, limit)
}

// ErrCursor says that a cursor is none of a list's.
var ErrCursor = fmt.Errorf("%w: the cursor is none of this list", campaign.ErrInvalid)

func (s *Store) page(ctx context.Context, hash, byTime, cursor string, limit int) (MessagePage, error) {
	page := MessagePage{Items: []KeptMessage{}}
	from := 0
	if cursor != "" {
		var err error
		if from, err = strconv.Atoi(cursor); err != nil || from < 0 {
			return page, ErrCursor
		}
	}
	names, err := s.rdb.ZRange(ctx, byTime, int64(from), int64(from+limit)).Result()
	if err != nil || len(names) == 0 {
		return page, wrapRead(err)
	}
	if len(names) > limit {
		names, page.Next = names[:limit], strconv.Itoa(from+limit)
	}
	values, err := s.rdb.HMGet(ctx, hash, names...).Result()
	if err != nil {
		return page, wrapRead(err)
	}
	for i, value := range values {
		text, there := value.(string)
		if !there {
			continue // it was removed just now
		}
		m, err := messageOf(names[i], text)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, m)
	}
	return page, nil
}

func wrapRead(err error) error {
	if err != nil {
		return fmt.Errorf("read messages: %w", err)
	}
	return nil
}

// messageOf is a message as it is kept under a name, which begins with its number's hash.
func messageOf(name, text string) (KeptMessage, error) {
	m := KeptMessage{}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("read message %s: %w", name, err)
	}
	m.Hash = name[:min(len(name), phone.HashSize)]
	return m, nil
}

// OptOut finds the opt-out of a number. It fails with campaign.ErrNotFound where there is
// none, so that the number may be written to.
func (s *Store) OptOut(ctx context.Context, account, number string) (KeptMessage, error) {
	hash, err := s.hash(ctx, account, number)
	if err != nil {
		return KeptMessage{}, err
	}
	text, err := s.rdb.HGet(ctx, key.OptOuts(account), hash).Result()
	if errors.Is(err, redis.Nil) {
		return KeptMessage{}, fmt.Errorf("an opt-out of this number in account %s: %w", account, campaign.ErrNotFound)
	}
	if err != nil {
		return KeptMessage{}, wrapRead(err)
	}
	return messageOf(hash, text)
}

// Forget deletes a number: its replies go, and of its opt-out the hash alone stays, so
// that the number stays blocked. It returns how many replies went, and whether there is an
// opt-out.
func (s *Store) Forget(ctx context.Context, account, number string) (replies int, blocked bool, err error) {
	hash, err := s.hash(ctx, account, number)
	if err != nil {
		return 0, false, err
	}
	if replies, err = s.forgetReplies(ctx, account, hash); err != nil {
		return 0, false, err
	}
	m, err := s.OptOut(ctx, account, number)
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return replies, false, nil
	case err != nil || m.Number == "":
		return replies, true, err
	}
	text, err := json.Marshal(KeptMessage{Hash: hash, ReceivedAt: m.ReceivedAt, DeletedAt: time.Now().UTC().Truncate(time.Millisecond)})
	if err == nil {
		err = s.rdb.HSet(ctx, key.OptOuts(account), hash, text).Err()
	}
	if err != nil {
		return replies, true, fmt.Errorf("delete a number of account %s: %w", account, err)
	}
	return replies, true, nil
}

// ForgetReplies deletes the replies of a number, and returns how many there were.
func (s *Store) ForgetReplies(ctx context.Context, account, number string) (int, error) {
	hash, err := s.hash(ctx, account, number)
	if err != nil {
		return 0, err
	}
	return s.forgetReplies(ctx, account, hash)
}

func (s *Store) forgetReplies(ctx context.Context, account, hash string) (int, error) {
	n, err := s.forget.Run(ctx, s.rdb, []string{key.Replies(account), key.RepliesByTime(account)}, hash).Int()
	if err != nil {
		return 0, fmt.Errorf("delete replies of account %s: %w", account, err)
	}
	return n, nil
}

// OptedOut says of each number whether it has opted out. Where nothing was ever reported of
// the account it needs no key for numbers.
func (s *Store) OptedOut(ctx context.Context, account string, numbers []string) ([]bool, error) {
	opted := make([]bool, len(numbers))
	fingerprint, err := s.fingerprint(ctx, account)
	if err != nil || fingerprint == "" || len(numbers) == 0 {
		return opted, err
	}
	h, err := s.hasherOf(fingerprint)
	if err != nil {
		return nil, err
	}
	hashes := make([]string, len(numbers))
	for i, number := range numbers {
		hashes[i] = h.Hash(phone.Normal(number))
	}
	found, err := s.rdb.HMGet(ctx, key.OptOuts(account), hashes...).Result()
	if err != nil {
		return nil, wrapRead(err)
	}
	for i, value := range found {
		opted[i] = value != nil
	}
	return opted, nil
}

// hash is a number's, by the key that the account's numbers are hashed with.
func (s *Store) hash(ctx context.Context, account, number string) (string, error) {
	fingerprint, err := s.fingerprint(ctx, account)
	if err != nil {
		return "", err
	}
	h, err := s.hasherOf(fingerprint)
	if err != nil {
		return "", err
	}
	return h.Hash(phone.Normal(number)), nil
}

// fingerprint is that of the key that the account's numbers are hashed with; "" where
// nothing was reported of it.
func (s *Store) fingerprint(ctx context.Context, account string) (string, error) {
	fingerprint, err := s.rdb.HGet(ctx, key.ReportsMeta(account), "key").Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return fingerprint, wrapRead(err)
}

// hasherOf is the hasher of a fingerprint, the first one for "".
func (s *Store) hasherOf(fingerprint string) (phone.Hasher, error) {
	for _, h := range s.options.Hashers {
		if fingerprint == "" || h.Fingerprint() == fingerprint {
			return h, nil
		}
	}
	if len(s.options.Hashers) == 0 {
		return phone.Hasher{}, phone.ErrNoHasher
	}
	return phone.Hasher{}, ErrOtherKey
}
