package simulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
)

// ErrUnknownAccount is returned when a login is named that the server was not configured with.
var ErrUnknownAccount = errors.New("unknown account")

// account is what the server remembers of one login. The server's mutex guards it.
type account struct {
	login    string
	key      [sha256.Size]byte
	disabled bool
	balance  units
	tickets  map[string]*ticket
	order    []*ticket
	seen     requestIDs

	callbacks callbacks
	lists     map[string]map[string]ListedContact // contacts by list and number
}

func newAccounts(list []Account, reports string) map[string]*account {
	accounts := make(map[string]*account, len(list))
	for _, a := range list {
		accounts[a.Login] = &account{
			login:   a.Login,
			key:     sha256.Sum256([]byte(a.Key)),
			balance: unitsOf(a.Balance),
			tickets: map[string]*ticket{},
			seen:    requestIDs{at: map[string]time.Time{}},

			callbacks: callbacksBelow(reports), lists: map[string]map[string]ListedContact{},
		}
	}
	return accounts
}

// hasKey compares in constant time, over digests so that the length does not show either.
func (a *account) hasKey(key string) bool {
	sum := sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(sum[:], a.key[:]) == 1 && !a.disabled
}

func (a *account) add(t *ticket) {
	a.tickets[t.number] = t
	a.order = append(a.order, t)
}

// find returns a ticket that the API still knows: a cancelled one is unknown afterwards (inferred).
func (a *account) find(number string) (*ticket, bool) {
	t, ok := a.tickets[number]
	return t, ok && !t.cancelled
}

// Credentials change what lets one account in.
type Credentials struct {
	Login string `json:"login"`
	// Key is the new key; empty leaves it as it is.
	Key string `json:"key"`
	// Disabled refuses the account with any key, until it is set again without.
	Disabled bool `json:"disabled"`
}

// String keeps the key out of logs and messages.
func (c Credentials) String() string { return fmt.Sprintf("{%s disabled=%t}", c.Login, c.Disabled) }

// GoString keeps the key out of %#v.
func (c Credentials) GoString() string { return "simulator.Credentials" + c.String() }

// SetCredentials rotates the key of an account, disables it or lets it in again. It returns ErrUnknownAccount for a login
// that is not configured. An empty login means the only account, if there is one only.
func (s *Server) SetCredentials(c Credentials) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.accountNamed(c.Login)
	if err != nil {
		return fmt.Errorf("set credentials: %w", err)
	}
	if c.Key != "" {
		a.key = sha256.Sum256([]byte(c.Key))
	}
	a.disabled = c.Disabled
	return nil
}

// SetBalance sets the credit of an account, in euros. It returns ErrUnknownAccount for a login that is not configured. An
// empty login means the only account, if there is one only.
func (s *Server) SetBalance(login string, euros float64) error {
	if !isAmount(euros) {
		return fmt.Errorf("set balance: must be 0 or more, got %v", euros)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.accountNamed(login)
	if err != nil {
		return fmt.Errorf("set balance: %w", err)
	}
	a.balance = unitsOf(euros)
	return nil
}

func (s *Server) accountNamed(login string) (*account, error) {
	if login == "" && len(s.accounts) == 1 {
		login = s.cfg.Accounts[0].Login
	}
	if a, ok := s.accounts[login]; ok {
		return a, nil
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownAccount, login)
}
