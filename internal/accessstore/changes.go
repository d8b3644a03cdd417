package accessstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/key"
)

// What may be wrong with a change.
var (
	ErrTaken     = errors.New("is there already")
	ErrUnknown   = errors.New("is not there")
	ErrLastAdmin = errors.New("is the last user who is admin of all accounts, and nobody could change users afterwards")
	ErrFull      = errors.New("as many as octoq keeps are there already")
	errRestless  = errors.New("others change users and tokens all the time: try again")
)

// maxEach is how many users, and how many tokens, there may be: each request may read
// all of them, every few seconds.
const maxEach = 10_000

// NotKeptError is returned when a change is made, and Redis has not confirmed that it
// keeps it.
type NotKeptError struct {
	What string // what is made
	Err  error
}

func (e *NotKeptError) Error() string {
	text := fmt.Sprintf("%s is made, not yet kept: %v. Repeat it.", e.What, e.Err)
	if u, ok := errors.AsType[*durability.NotDurableError](e.Err); ok {
		text += " " + u.Do
	}
	return text
}

// Unwrap is why.
func (e *NotKeptError) Unwrap() error { return e.Err }

// AddUser adds a user whose password has that hash. The error may be ErrTaken or ErrFull.
func (s *Store) AddUser(ctx context.Context, name, hash string, grants []access.Grant) error {
	return s.decide(ctx, func(d access.Directory) (edit, error) {
		if _, taken := d.Users[name]; taken {
			return edit{}, fmt.Errorf("user %s %w", name, ErrTaken)
		}
		if len(d.Users) >= maxEach {
			return edit{}, fmt.Errorf("user %s: %w", name, ErrFull)
		}
		u := &access.User{Name: name, Hash: hash, Grants: grants, CreatedAt: d.Now, ChangedAt: d.Now, ChangedBy: s.who}
		return s.ofUser(name, u, "user.add", access.GrantsText(grants)), nil
	})
}

// UserChange is what is to become of a user; what is empty stays.
type UserChange struct {
	Hash   string
	Grants []access.Grant
	// Force takes the role admin from the last user that has it.
	Force bool
}

// ChangeUser gives a user another password, or other grants. The error may be
// ErrUnknown, ErrLastAdmin, and NotKeptError.
func (s *Store) ChangeUser(ctx context.Context, name string, c UserChange) error {
	return s.kept(ctx, "the change of user "+name, func() error {
		return s.decide(ctx, func(d access.Directory) (edit, error) {
			u, known := d.Users[name]
			if !known {
				return edit{}, fmt.Errorf("user %s %w", name, ErrUnknown)
			}
			action, detail, last := "user.password", "", d.LastAdmin(name)
			if c.Hash != "" {
				u.Hash = c.Hash
			}
			if c.Grants != nil {
				u.Grants, action, detail = c.Grants, "user.grants", access.GrantsText(c.Grants)
			}
			u.ChangedAt, u.ChangedBy, d.Users[name] = d.Now, s.who, u
			if last && !d.LastAdmin(name) && !c.Force {
				return edit{}, fmt.Errorf("user %s %w", name, ErrLastAdmin)
			}
			return s.ofUser(name, &u, action, detail), nil
		})
	})
}

// RemoveUser removes a user, whose sessions end; the last admin by force alone. The error may be ErrUnknown, ErrLastAdmin, and
// NotKeptError.
func (s *Store) RemoveUser(ctx context.Context, name string, force bool) error {
	return s.kept(ctx, "the removal of user "+name, func() error {
		return s.decide(ctx, func(d access.Directory) (edit, error) {
			if _, known := d.Users[name]; !known {
				return edit{}, fmt.Errorf("user %s %w", name, ErrUnknown)
			}
			if d.LastAdmin(name) && !force {
				return edit{}, fmt.Errorf("user %s %w", name, ErrLastAdmin)
			}
			return s.ofUser(name, nil, "user.remove", ""), nil
		})
	})
}

func (s *Store) ofUser(name string, u *access.User, action, detail string) edit {
	return edit{
		users: map[string]*access.User{name: u},
		entry: AuditEntry{Action: action, Subject: "user:" + name, Detail: detail},
	}
}

// AddToken adds a token. Its name is taken once. The error may be ErrTaken or ErrFull.
func (s *Store) AddToken(ctx context.Context, t access.Token) (access.Token, error) {
	err := s.decide(ctx, func(d access.Directory) (edit, error) {
		if _, taken := d.TokenNamed(t.Name); taken {
			return edit{}, fmt.Errorf("token %s %w", t.Name, ErrTaken)
		}
		if len(d.Tokens) >= maxEach {
			return edit{}, fmt.Errorf("token %s: %w", t.Name, ErrFull)
		}
		t.CreatedAt, t.ChangedAt, t.ChangedBy = d.Now, d.Now, s.who
		return s.ofToken(t, &t, "token.add", string(t.Kind)+" "+access.GrantsText(t.Grants)), nil
	})
	return t, err
}

// ChangeToken gives a token other grants. The error may be ErrUnknown, and NotKeptError.
func (s *Store) ChangeToken(ctx context.Context, name string, grants []access.Grant) error {
	return s.kept(ctx, "the change of token "+name, func() error {
		return s.decide(ctx, func(d access.Directory) (edit, error) {
			t, known := d.TokenNamed(name)
			if !known {
				return edit{}, fmt.Errorf("token %s %w", name, ErrUnknown)
			}
			if err := access.CheckKind(t.Kind, grants); err != nil {
				return edit{}, err
			}
			t.Grants, t.ChangedAt, t.ChangedBy = grants, d.Now, s.who
			return s.ofToken(t, &t, "token.grants", access.GrantsText(grants)), nil
		})
	})
}

// RemoveToken removes a token by its name. The error may be ErrUnknown, and NotKeptError.
func (s *Store) RemoveToken(ctx context.Context, name string) error {
	return s.kept(ctx, "the removal of token "+name, func() error {
		return s.decide(ctx, func(d access.Directory) (edit, error) {
			t, known := d.TokenNamed(name)
			if !known {
				return edit{}, fmt.Errorf("token %s %w", name, ErrUnknown)
			}
			return s.ofToken(t, nil, "token.remove", ""), nil
		})
	})
}

func (s *Store) ofToken(t access.Token, kept *access.Token, action, detail string) edit {
	return edit{
		tokens: map[string]*access.Token{t.ID: kept},
		entry:  AuditEntry{Action: action, Subject: "token:" + t.Name, Detail: detail},
	}
}

// decide makes a change; where the directory became another one meanwhile, it is decided
// again.
func (s *Store) decide(ctx context.Context, do func(access.Directory) (edit, error)) error {
	const tries = 10
	for range tries {
		d, err := s.Load(ctx)
		if err != nil {
			return err
		}
		e, err := do(d)
		if err != nil {
			return err
		}
		if made, err := s.apply(ctx, d, e); made || err != nil {
			return err
		}
	}
	return errRestless
}

// kept makes a change and waits until Redis keeps it. Asked again for what was made
// before, it waits for that too: so a NotKeptError is cleared up by repeating.
func (s *Store) kept(ctx context.Context, what string, change func() error) error {
	check, err := durability.New(ctx, s.rdb, key.AuthKept, "do the same")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	made := change()
	if made != nil && !errors.Is(made, ErrUnknown) {
		return made
	}
	if err := check.Wait(ctx, s.keep); err != nil {
		return &NotKeptError{What: what, Err: err}
	}
	return made
}

// Removed is what a reset has ended.
type Removed struct {
	Users  []string `json:"users"`
	Tokens []string `json:"tokens"`
}

// Reset removes the users and tokens that were last changed before a time, and ends the
// sessions that began before it: after a restore, which brings back what was removed.
// The error may be NotKeptError.
func (s *Store) Reset(ctx context.Context, before time.Time) (Removed, error) {
	var done Removed
	err := s.kept(ctx, "the reset", func() error {
		return s.decide(ctx, func(d access.Directory) (edit, error) {
			var e edit
			done, e = resetOf(d, before)
			return e, nil
		})
	})
	return done, err
}

func resetOf(d access.Directory, before time.Time) (Removed, edit) {
	done := Removed{Users: []string{}, Tokens: []string{}}
	e := edit{users: map[string]*access.User{}, tokens: map[string]*access.Token{}, sessionsFrom: before}
	for name, u := range d.Users {
		if u.ChangedAt.Before(before) {
			e.users[name], done.Users = nil, append(done.Users, name)
		}
	}
	for id, t := range d.Tokens {
		if t.ChangedAt.Before(before) {
			e.tokens[id], done.Tokens = nil, append(done.Tokens, t.Name)
		}
	}
	e.entry = AuditEntry{Action: "auth.reset", Detail: fmt.Sprintf("before %s: %d users, %d tokens", before.UTC().Format(time.RFC3339), len(done.Users), len(done.Tokens))}
	return done, e
}
