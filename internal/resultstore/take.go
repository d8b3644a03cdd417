package resultstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/result"
)

// TakeReports appends reports to the account's journal, all of them or none.
func (s *Store) TakeReports(ctx context.Context, account string, all []result.DeliveryReport) error {
	came := time.Now()
	err := s.withHasher(account, func(h phone.Hasher) (string, error) {
		args := []any{h.Fingerprint(), s.bounds.journal}
		for _, r := range all {
			args = append(args, entryOf(h, r, came))
		}
		return s.take.Run(ctx, s.rdb, []string{key.ReportsMeta(account), key.Reports(account)}, args...).Text()
	})
	if err != nil {
		return fmt.Errorf("store reports of account %s: %w", account, err)
	}
	return nil
}

// TakeReplies keeps replies. One that is there already changes nothing.
func (s *Store) TakeReplies(ctx context.Context, account string, all []result.Inbound) error {
	b := box{hash: key.Replies(account), byTime: key.RepliesByTime(account), most: s.bounds.replies, keep: s.options.Replies, status: statusReply}
	b.name = func(h phone.Hasher, m result.Inbound) string {
		return h.Hash(m.Number) + ":" + h.Sign(m.Number+"\n"+m.Ticket+"\n"+m.Text+"\n"+m.At.String())
	}
	return s.keepAll(ctx, account, b, all)
}

// TakeOptOuts keeps the numbers that want no more messages. One that is there already changes nothing.
func (s *Store) TakeOptOuts(ctx context.Context, account string, all []result.Inbound) error {
	b := box{hash: key.OptOuts(account), byTime: key.OptOutsByTime(account), most: s.bounds.optOuts, status: statusOptOut}
	b.name = func(h phone.Hasher, m result.Inbound) string { return h.Hash(m.Number) }
	return s.keepAll(ctx, account, b, all)
}

// box is where messages of one sort are kept.
type box struct {
	hash, byTime string
	most         int
	keep         time.Duration // 0: for good
	status       byte          // of its entries in the journal
	name         func(phone.Hasher, result.Inbound) string
}

func (s *Store) keepAll(ctx context.Context, account string, b box, all []result.Inbound) error {
	came := time.Now().UTC().Truncate(time.Millisecond)
	err := s.withHasher(account, func(h phone.Hasher) (string, error) {
		args := []any{h.Fingerprint(), b.most, b.keep.Milliseconds(), bit(b.keep > 0)}
		for _, m := range all {
			text, err := json.Marshal(KeptMessage{Number: m.Number, Hash: h.Hash(m.Number), Ticket: m.Ticket, Text: m.Text, At: m.At, ReceivedAt: came})
			if err != nil {
				return "", err
			}
			args = append(args, b.name(h, m), text, countingEntry(h, b.status, m, came))
		}
		keys := []string{key.ReportsMeta(account), key.Reports(account), b.hash, b.byTime}
		return s.keep.Run(ctx, s.rdb, keys, args...).Text()
	})
	if err != nil {
		return fmt.Errorf("store messages of account %s: %w", account, err)
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// withHasher has do store something, by the account's hasher: the one that it answers
// "key" for is another's.
func (s *Store) withHasher(account string, do func(phone.Hasher) (string, error)) error {
	s.mu.Lock()
	first := s.hashers[account]
	s.mu.Unlock()
	for i := range s.options.Hashers {
		chosen := (first + i) % len(s.options.Hashers)
		answer, err := do(s.options.Hashers[chosen])
		switch {
		case err != nil:
			return err
		case answer == "full":
			return ErrFull
		case answer == "taken":
			s.chose(account, chosen)
			return nil
		}
	}
	if len(s.options.Hashers) == 0 {
		return phone.ErrNoHasher
	}
	return ErrOtherKey
}

// chose notes which hasher is an account's, and that there is something to count.
func (s *Store) chose(account string, hasher int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hashers[account], s.touched[account] = hasher, true
}
