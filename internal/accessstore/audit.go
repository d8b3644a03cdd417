package accessstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

// AuditEntry is one line of the audit log: an action that concerns no campaign.
type AuditEntry struct {
	At      time.Time `json:"at"` // by Redis's clock
	Who     string    `json:"who"`
	Action  string    `json:"action" doc:"such as user.add, token.remove, sign_in"`
	Subject string    `json:"subject,omitempty" doc:"what it was done to, such as user:ben"`
	Account string    `json:"account,omitempty"`
	From    string    `json:"from,omitempty" doc:"the address of the request"`
	Detail  string    `json:"detail,omitempty"`
}

// maxAudit is about how many entries are kept: some 20 MB.
const maxAudit = 100_000

// signed is an entry with its actor.
func (s *Store) signed(e AuditEntry) AuditEntry {
	if e.Who == "" {
		e.Who, e.From = s.who, s.from
	}
	return e
}

// line is an entry as it is kept. The stream's id has the time.
func (s *Store) line(e AuditEntry) (string, error) {
	b, err := json.Marshal(s.signed(e))
	if err != nil {
		return "", fmt.Errorf("write a line of the audit log: %w", err)
	}
	return string(b), nil
}

// Note appends an entry to the audit log.
func (s *Store) Note(ctx context.Context, e AuditEntry) error {
	line, err := s.line(e)
	if err != nil {
		return err
	}
	id, err := s.rdb.XAdd(ctx, &redis.XAddArgs{Stream: key.AuthAudit, MaxLen: maxAudit, Approx: true, Values: []string{"entry", line}}).Result()
	if err != nil {
		return fmt.Errorf("append to the audit log: %w", err)
	}
	if e.At, err = timeOf(id); err == nil {
		s.mirror(s.signed(e))
	}
	return nil
}

// Audit is a page of the audit log, oldest first: up to limit entries after a cursor,
// which is "" at first, and not before a time. next is the cursor of the page behind it.
func (s *Store) Audit(ctx context.Context, since time.Time, cursor string, limit int) (page []AuditEntry, next string, err error) {
	start := strconv.FormatInt(max(since.UnixMilli(), 0), 10)
	if cursor != "" {
		start = "(" + cursor
	}
	found, err := s.rdb.XRangeN(ctx, key.AuthAudit, start, "+", int64(limit)).Result()
	if err != nil {
		return nil, "", fmt.Errorf("read the audit log: %w", err)
	}
	for _, m := range found {
		e, err := entryOf(m)
		if err != nil {
			return nil, "", fmt.Errorf("read entry %s of the audit log: %w", m.ID, err)
		}
		page, next = append(page, e), m.ID
	}
	return page, next, nil
}

func entryOf(m redis.XMessage) (AuditEntry, error) {
	var e AuditEntry
	line, _ := m.Values["entry"].(string)
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		return e, err
	}
	at, err := timeOf(m.ID)
	e.At = at
	return e, err
}

// timeOf is when an entry was appended.
func timeOf(id string) (time.Time, error) {
	ms, _, _ := strings.Cut(id, "-")
	at, err := strconv.ParseInt(ms, 10, 64)
	return time.UnixMilli(at).UTC(), err
}
