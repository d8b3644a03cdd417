package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/octoq/octoq/internal/random"
)

// Passwords hash and compare, two at once at most: each takes 19 MiB and some tens of
// milliseconds of a processor. The settings are those that OWASP recommends.
type Passwords struct{ places chan struct{} }

// The settings of argon2id, and the sizes of what it takes and makes.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32 // bytes

	passwordsAtOnce  = 2
	shortestPassword = 12  // characters
	longestPassword  = 512 // bytes
)

// NewPasswords makes one; a process needs no other.
func NewPasswords() *Passwords { return &Passwords{places: make(chan struct{}, passwordsAtOnce)} }

// CheckPassword refuses a password that may not be given to a user.
func CheckPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return errors.New("the password is not valid UTF-8")
	case n < shortestPassword:
		return fmt.Errorf("the password has %d characters, at least %d are needed", n, shortestPassword)
	case len(password) > longestPassword:
		return fmt.Errorf("the password has more than %d bytes", longestPassword)
	default:
		return nil
	}
}

// Hash is what is kept of a password, in the usual form of argon2id: a text that names
// its settings.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", err
	}
	salt := random.Token()
	key, err := p.key(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return argonHead() + encode([]byte(salt)) + "$" + encode(key), nil
}

// Verify reports whether a password is the one that a hash was made of. Without a hash
// it takes as long, and says no, so its time does not show whether a user exists.
// The error is the context's.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (bool, error) {
	salt, want := splitHash(hash)
	if len(password) > longestPassword {
		salt, want, password = "", nil, ""
	}
	key, err := p.key(ctx, password, salt)
	return err == nil && want != nil && subtle.ConstantTimeCompare(key, want) == 1, err
}

func (p *Passwords) key(ctx context.Context, password, salt string) ([]byte, error) {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to look at a password: %w", context.Cause(ctx))
	}
	defer func() { <-p.places }()
	return argon2.IDKey([]byte(password), []byte(salt), argonTime, argonMemory, argonThreads, argonKey), nil
}

func argonHead() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonTime, argonThreads)
}

// splitHash is what a hash holds, nothing where it is none, or one with other settings.
func splitHash(hash string) (salt string, key []byte) {
	rest, ours := strings.CutPrefix(hash, argonHead())
	first, second, _ := strings.Cut(rest, "$")
	s, err := base64.RawStdEncoding.DecodeString(first)
	k, err2 := base64.RawStdEncoding.DecodeString(second)
	if !ours || err != nil || err2 != nil || len(k) != argonKey {
		return "", nil
	}
	return string(s), k
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }
