package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/octoq/octoq/internal/random"
)

// TokenKind is what happens to the campaigns that a token enqueues.
type TokenKind string

// The kinds of tokens.
const (
	Live     TokenKind = "live"     // nothing
	Review   TokenKind = "review"   // each waits for a person: confirm is manual
	Simulate TokenKind = "simulate" // none is sent: simulation_mode is on
)

// TokenKinds are all of them.
func TokenKinds() []TokenKind { return []TokenKind{Live, Review, Simulate} }

// ErrKind is returned for a kind that there is not, or that may not have a role.
var ErrKind = errors.New("this is no token")

// CheckKind refuses what is no kind, and grants that a kind may not have: a program
// whose campaigns people are to look at, or which sends none, gets no role by which it
// could make them go out otherwise. The error is ErrKind.
func CheckKind(kind TokenKind, grants []Grant) error {
	if !slices.Contains(TokenKinds(), kind) {
		return fmt.Errorf("%w: %q is no kind, want live, review or simulate", ErrKind, kind)
	}
	for _, g := range grants {
		if kind != Live && g.Role != Viewer && g.Role != Producer {
			return fmt.Errorf("%w: one of the kind %s may be viewer and producer, not %s, by which its campaigns could go out all the same", ErrKind, kind, g.Role)
		}
	}
	return nil
}

// NewToken makes a token: "octoq_", its kind, and then id, secret and a checksum over all
// of that. The text is shown once; sum is what is kept of it.
func NewToken(kind TokenKind) (id, text, sum string) {
	id = random.Token()
	text = tokenHead + string(kind) + "_" + id + random.Token() + random.Token()
	text += checksum(text)
	return id, text, TokenSum(text)
}

const (
	tokenHead    = "octoq_"
	idLength     = random.Length
	secretLength = 2 * random.Length
	sumLength    = 7
)

// checksum distinguishes a mistyped token, or one that was cut off, from a wrong one
// without asking Redis.
func checksum(text string) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text)))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum))
}

// ErrNoToken is returned for what cannot be a token.
var ErrNoToken = errors.New("this is no token of octoq, or not all of it")

// TokenID is the id that a token has in it.
func TokenID(text string) (string, error) {
	rest, ours := strings.CutPrefix(text, tokenHead)
	kind, rest, found := strings.Cut(rest, "_")
	end := len(text) - sumLength
	if !ours || !found || !slices.Contains(TokenKinds(), TokenKind(kind)) || len(rest) != idLength+secretLength+sumLength || checksum(text[:end]) != text[end:] {
		return "", ErrNoToken
	}
	return rest[:idLength], nil
}

// TokenSum is what is kept of a token. A token is random, so one round of SHA-256
// suffices.
func TokenSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// IsTokenOf reports whether a sum is that of a token.
func IsTokenOf(text, sum string) bool {
	return subtle.ConstantTimeCompare([]byte(TokenSum(text)), []byte(sum)) == 1
}
