package callback

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
)

// shortestSecret is how many bytes a secret has at least.
const shortestSecret = 16

// Secrets are what the addresses of accounts are derived from: the present secret, and
// the one before it while addresses are changed. They print nothing of themselves.
type Secrets struct {
	all []func(account string) string // functions do not print what they know
}

// NewSecrets checks the present secret and the old one, which may be "".
func NewSecrets(present, old string) (Secrets, error) {
	var s Secrets
	for _, secret := range []string{present, old} {
		switch {
		case secret == "":
			continue
		case len(secret) < shortestSecret:
			return Secrets{}, fmt.Errorf("the secret of callbacks has %d bytes at least, got %d", shortestSecret, len(secret))
		}
		s.all = append(s.all, func(account string) string { return derive(secret, account) })
	}
	return s, nil
}

// derive is the part of an account's address that only Octopush and octoq know.
func derive(secret, account string) string {
	const size = 32
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(account)) // it has no error
	return hex.EncodeToString(mac.Sum(nil))[:size]
}

// Set reports whether there is a secret.
func (s Secrets) Set() bool { return len(s.all) > 0 }

// Of is the present secret of an account's address.
func (s Secrets) Of(account string) string { return s.all[0](account) }

// Admit reports whether a secret is the account's. How long that takes says nothing of
// the secret.
func (s Secrets) Admit(account, secret string) bool {
	admitted := 0
	for _, of := range s.all {
		admitted |= subtle.ConstantTimeCompare([]byte(of(account)), []byte(secret))
	}
	return admitted == 1
}
