package accessstore

import (
	"context"
	_ "embed" // the scripts' text
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/random"
)

var (
	//go:embed lua/load.lua
	loadLua string
	//go:embed lua/change.lua
	changeLua string
)

// ErrUnavailable is returned while Redis cannot be asked what a caller may do: neither a yes nor
// a no.
var ErrUnavailable = errors.New("users and tokens cannot be looked up just now")

// Store keeps users, tokens and the audit log. It may be used by many goroutines at once.
type Store struct {
	rdb          redis.UniversalClient
	who, from    string
	keep         durability.Target
	mirror       func(AuditEntry)
	load, change *redis.Script
}

// New makes a Store whose changes are made in the name of who, such as "user:anna". What
// takes rights away waits until it is kept as said. The client stays the caller's to close.
func New(rdb redis.UniversalClient, who string, keep durability.Target) *Store {
	return &Store{rdb: rdb, who: who, keep: keep, mirror: func(AuditEntry) {}, load: redis.NewScript(loadLua), change: redis.NewScript(changeLua)}
}

// As is the store in another name, of a caller at an address; "" where that is
// not known.
func (s *Store) As(who, from string) *Store {
	other := *s
	other.who, other.from = who, from
	return &other
}

// Mirrored is the store, and gives mirror each entry of the audit log that it has
// appended.
func (s *Store) Mirrored(mirror func(AuditEntry)) *Store {
	other := *s
	other.mirror = mirror
	return &other
}

// Load reads all users and tokens. The error is ErrUnavailable.
func (s *Store) Load(ctx context.Context) (access.Directory, error) {
	answer, err := s.load.Run(ctx, s.rdb, []string{key.AuthMeta, key.AuthUsers, key.AuthTokens}).Slice()
	if err == nil {
		var d access.Directory
		if d, err = readDirectory(answer); err == nil {
			return d, nil
		}
	}
	return access.Directory{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func readDirectory(answer []any) (access.Directory, error) {
	const parts = 5
	if len(answer) != parts {
		return access.Directory{}, fmt.Errorf("redis answered %d parts, %d are wanted", len(answer), parts)
	}
	d := access.Directory{Users: map[string]access.User{}, Tokens: map[string]access.Token{}, Revision: text(answer[0])}
	if ms, err := strconv.ParseInt(text(answer[1]), 10, 64); err == nil {
		d.SessionsFrom = time.UnixMilli(ms)
	}
	if err := readHash(answer[2], d.Users); err != nil {
		return d, fmt.Errorf("read users: %w", err)
	}
	if err := readHash(answer[3], d.Tokens); err != nil {
		return d, fmt.Errorf("read tokens: %w", err)
	}
	now, ok := answer[4].([]any)
	if !ok || len(now) == 0 {
		return d, errors.New("redis answered no time")
	}
	seconds, err := strconv.ParseInt(text(now[0]), 10, 64)
	d.Now = time.Unix(seconds, 0).UTC()
	return d, err
}

// readHash reads a hash whose values are JSON.
func readHash[T any](answer any, into map[string]T) error {
	pairs, _ := answer.([]any)
	for i := 0; i+1 < len(pairs); i += 2 {
		var v T
		if err := json.Unmarshal([]byte(text(pairs[i+1])), &v); err != nil {
			return fmt.Errorf("%.80q: %w", text(pairs[i]), err)
		}
		into[text(pairs[i])] = v
	}
	return nil
}

func text(v any) string { s, _ := v.(string); return s }

// edit is a change of the directory.
type edit struct {
	users        map[string]*access.User // nil removes
	tokens       map[string]*access.Token
	sessionsFrom time.Time
	entry        AuditEntry
}

// apply makes a change that was decided on a directory; it answers false if that is
// another one by now.
func (s *Store) apply(ctx context.Context, d access.Directory, e edit) (bool, error) {
	args, err := s.arguments(d.Revision, e)
	if err != nil {
		return false, err
	}
	made, err := s.change.Run(ctx, s.rdb, []string{key.AuthMeta, key.AuthUsers, key.AuthTokens, key.AuthAudit}, args...).Bool()
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if made {
		e.entry.At = d.Now
		s.mirror(s.signed(e.entry))
	}
	return made, nil
}

func (s *Store) arguments(revision string, e edit) ([]any, error) {
	entry, err := s.line(e.entry)
	if err != nil {
		return nil, err
	}
	from := ""
	if !e.sessionsFrom.IsZero() {
		from = strconv.FormatInt(e.sessionsFrom.UnixMilli(), 10)
	}
	args := []any{revision, random.Token(), entry, maxAudit, from}
	const usersKey, tokensKey = 2, 3
	for name, u := range e.users {
		if args, err = appendField(args, usersKey, name, u); err != nil {
			return nil, err
		}
	}
	for id, t := range e.tokens {
		if args, err = appendField(args, tokensKey, id, t); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func appendField[T any](args []any, hash int, field string, value *T) ([]any, error) {
	if value == nil {
		return append(args, hash, field, ""), nil
	}
	b, err := json.Marshal(value)
	return append(args, hash, field, string(b)), err
}
