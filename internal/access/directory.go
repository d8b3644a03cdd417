package access

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/internal/actor"
)

// User is a person, as kept.
type User struct {
	Name      string    `json:"name"`
	Hash      string    `json:"hash"` // of the password
	Grants    []Grant   `json:"grants"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"` // the password or the grants
	ChangedBy string    `json:"changed_by"`
}

// PasswordMark is another one with each password: a session that began with an earlier
// password is over.
func (u User) PasswordMark() string { return TokenSum(u.Hash) }

// Caller is what the user may do.
func (u User) Caller() Caller {
	return Caller{Name: actor.User(u.Name), Kind: OfUser, Grants: u.Grants, Forces: Live}
}

// administers reports whether the user may change all users.
func (u User) administers() bool { return u.Caller().May(Admin, "") == nil }

// Token is what is kept of a token.
type Token struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Kind      TokenKind `json:"kind"`
	Sum       string    `json:"sum"`
	Grants    []Grant   `json:"grants"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
	ChangedBy string    `json:"changed_by"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Caller is what a program with the token may do.
func (t Token) Caller() Caller {
	return Caller{Name: actor.Token(t.Name), Kind: OfToken, Grants: t.Grants, Forces: t.Kind}
}

// Directory is all users and tokens at one moment.
type Directory struct {
	Users    map[string]User  // by name
	Tokens   map[string]Token // by id
	Revision string           // another one with each change
	// SessionsFrom is since when sessions count: earlier ones were ended all at once.
	SessionsFrom time.Time
	// Now is the time of the Redis that has it.
	Now time.Time
}

// UsersByName are the users, in the order of their names.
func (d Directory) UsersByName() []User {
	return slices.SortedFunc(maps.Values(d.Users), func(a, b User) int { return cmp.Compare(a.Name, b.Name) })
}

// TokensByName are the tokens, in the order of their names.
func (d Directory) TokensByName() []Token {
	return slices.SortedFunc(maps.Values(d.Tokens), func(a, b Token) int { return cmp.Compare(a.Name, b.Name) })
}

// Empty reports whether there is neither a user nor a token.
func (d Directory) Empty() bool { return len(d.Users)+len(d.Tokens) == 0 }

// ErrTokenRefused is returned for a token that is unknown, was removed, or has expired.
var ErrTokenRefused = errors.New("this token is not known, or not any more")

// TokenOf finds the token that a text is. The error is ErrNoToken or ErrTokenRefused.
func (d Directory) TokenOf(text string, now time.Time) (Token, error) {
	id, err := TokenID(text)
	if err != nil {
		return Token{}, err
	}
	t, known := d.Tokens[id]
	if !IsTokenOf(text, t.Sum) || !known || !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) {
		return Token{}, ErrTokenRefused
	}
	return t, nil
}

// TokenNamed finds a token by its name.
func (d Directory) TokenNamed(name string) (Token, bool) {
	for _, t := range d.Tokens {
		if t.Name == name {
			return t, true
		}
	}
	return Token{}, false
}

// LastAdmin reports whether a user is the only one who may change users.
func (d Directory) LastAdmin(name string) bool {
	if !d.Users[name].administers() {
		return false
	}
	for other, u := range d.Users {
		if other != name && u.administers() {
			return false
		}
	}
	return true
}
