package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// bothSign is how long the former secret signs beside a new one.
const bothSign = 24 * time.Hour

// leastKey is how many bytes a key has at least.
const leastKey = 32

// ErrShortKey is returned for a key that could be guessed.
var ErrShortKey = errors.New("the key of webhooks has 32 bytes at least, random ones: openssl rand -base64 48 makes one")

// ErrOtherKey is returned for a webhook whose secrets come from another key.
var ErrOtherKey = errors.New("its secret was derived from another OCTOQ_WEBHOOK_KEY: set that again, or give it another secret")

// Key is what the secrets of all webhooks are derived from. The zero Key is none. It
// shows itself in no text.
type Key struct{ bytes string }

// NewKey makes a Key of a text; "" is none. The error is ErrShortKey.
func NewKey(text string) (Key, error) {
	if text != "" && len(text) < leastKey {
		return Key{}, ErrShortKey
	}
	return Key{text}, nil
}

// Set reports whether there is a key.
func (k Key) Set() bool { return k.bytes != "" }

// String hides the key.
func (Key) String() string { return "[hidden]" }

// GoString hides the key from %#v.
func (Key) GoString() string { return "webhook.Key{[hidden]}" }

// MarshalText hides the key from JSON and logs.
func (Key) MarshalText() ([]byte, error) { return []byte("[hidden]"), nil }

func (k Key) derive(parts ...string) []byte {
	mac := hmac.New(sha256.New, []byte(k.bytes))
	_, _ = mac.Write([]byte("octoq webhook\n" + strings.Join(parts, "\n"))) // it has no error
	return mac.Sum(nil)
}

// ID distinguishes keys, and reveals none.
func (k Key) ID() string {
	const length = 8
	return hex.EncodeToString(k.derive("id"))[:length]
}

// SigningSecret signs the requests of one webhook. It shows itself in Text alone.
type SigningSecret struct{ bytes string }

// String hides the secret.
func (SigningSecret) String() string { return "[hidden]" }

// GoString hides the secret from %#v.
func (SigningSecret) GoString() string { return "webhook.SigningSecret{[hidden]}" }

// MarshalText hides the secret from JSON and logs.
func (SigningSecret) MarshalText() ([]byte, error) { return []byte("[hidden]"), nil }

const secretHead = "whsec_"

// Text is the secret as receivers keep it.
func (s SigningSecret) Text() string {
	return secretHead + base64.StdEncoding.EncodeToString([]byte(s.bytes))
}

// ParseSecret is the reverse of Text.
func ParseSecret(text string) (SigningSecret, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, secretHead))
	if err != nil || len(b) == 0 {
		return SigningSecret{}, errors.New("this is no secret of a webhook: whsec_ and base64 are wanted")
	}
	return SigningSecret{string(b)}, nil
}

// Secret is the one of a webhook that signs last: the one that receivers are given.
func (k Key) Secret(w Webhook) SigningSecret { return k.secretOf(w.ID, w.Generation) }

func (k Key) secretOf(id string, generation int) SigningSecret {
	return SigningSecret{string(k.derive("secret", id, strconv.Itoa(generation)))}
}

// Secrets are those that sign a request at a moment, the newest first. The error is
// ErrOtherKey.
func (k Key) Secrets(w Webhook, now time.Time) ([]SigningSecret, error) {
	if w.KeyID != k.ID() {
		return nil, fmt.Errorf("webhook %s: %w", w.ID, ErrOtherKey)
	}
	all := []SigningSecret{k.Secret(w)}
	if !w.RotatedAt.IsZero() && now.Before(w.RotatedAt.Add(bothSign)) {
		all = append(all, k.secretOf(w.ID, w.Generation-1))
	}
	return all, nil
}

// Sign is the header webhook-signature of a message: one signature of each secret.
func Sign(id string, at time.Time, body []byte, secrets ...SigningSecret) string {
	signed := make([]string, len(secrets))
	for i, s := range secrets {
		mac := hmac.New(sha256.New, []byte(s.bytes))
		_, _ = fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body) // it has no error
		signed[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signed, " ")
}
