package phone

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// shortestKey is how many bytes a key is made of at least.
const shortestKey = 16

// ErrNoHasher says that there is no key to hash numbers with.
var ErrNoHasher = errors.New("numbers are found by a keyed hash, and there is no key: set OCTOQ_NUMBERS_KEY_FILE, or OCTOQ_CALLBACK_SECRET_FILE, as octoq web has it")

// Hasher hashes numbers. It prints nothing of itself. The zero Hasher hashes nothing.
type Hasher struct {
	derived func() []byte // functions do not print what they know
}

// NewHasher makes a Hasher from a secret of 16 bytes at least; the same secret makes the same
// one. An empty secret is the zero Hasher.
func NewHasher(secret string) (Hasher, error) {
	if secret == "" {
		return Hasher{}, nil
	}
	if len(secret) < shortestKey {
		return Hasher{}, fmt.Errorf("the key for numbers is made of %d bytes at least, got %d", shortestKey, len(secret))
	}
	derived := sum([]byte(secret), "octoq numbers")
	return Hasher{func() []byte { return derived }}, nil
}

// Set reports whether the key hashes anything.
func (h Hasher) Set() bool { return h.derived != nil }

// HashSize is the size of a Hash in hexadecimal digits.
const HashSize = 16

// Hash names a number, in its normal form, by 16 hexadecimal digits. Among a million
// numbers two have the same hash with a chance of one in thirty million.
func (h Hasher) Hash(number string) string {
	return hex.EncodeToString(sum(h.derived(), "number "+number))[:HashSize]
}

// Sign names a text by 16 hexadecimal digits, apart from all numbers.
func (h Hasher) Sign(text string) string {
	return hex.EncodeToString(sum(h.derived(), "text "+text))[:HashSize]
}

// Fingerprint distinguishes this key from others, and says nothing else of it.
func (h Hasher) Fingerprint() string {
	return hex.EncodeToString(sum(h.derived(), "fingerprint"))[:HashSize]
}

func sum(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(text)) // it has no error
	return mac.Sum(nil)
}
