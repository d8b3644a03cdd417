package accessstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

// Sessions keep what the sessions of signed-in people hold, each until it expires. They
// are a store of scs, which names them by a hash: the cookie is not in Redis.
type Sessions struct{ rdb redis.UniversalClient }

// NewSessions makes Sessions on a client, which stays the caller's to close.
func NewSessions(rdb redis.UniversalClient) *Sessions { return &Sessions{rdb: rdb} }

// FindCtx returns what a session holds. The error is ErrUnavailable.
func (s *Sessions) FindCtx(ctx context.Context, id string) (held []byte, found bool, err error) {
	held, err = s.rdb.Get(ctx, key.AuthSession(id)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	return held, err == nil, unavailable(err)
}

// CommitCtx keeps what a session holds until a time. The error is ErrUnavailable.
func (s *Sessions) CommitCtx(ctx context.Context, id string, held []byte, until time.Time) error {
	return unavailable(s.rdb.Set(ctx, key.AuthSession(id), held, max(time.Until(until), time.Millisecond)).Err())
}

// DeleteCtx ends a session. The error is ErrUnavailable.
func (s *Sessions) DeleteCtx(ctx context.Context, id string) error {
	return unavailable(s.rdb.Del(ctx, key.AuthSession(id)).Err())
}

// Find is FindCtx without a context, as the interface wants it; scs does not call it.
func (s *Sessions) Find(id string) (held []byte, found bool, err error) {
	return s.FindCtx(context.Background(), id)
}

// Commit is CommitCtx without a context; scs does not call it.
func (s *Sessions) Commit(id string, held []byte, until time.Time) error {
	return s.CommitCtx(context.Background(), id, held, until)
}

// Delete is DeleteCtx without a context; scs does not call it.
func (s *Sessions) Delete(id string) error { return s.DeleteCtx(context.Background(), id) }

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
