package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// Login is the user and the password that get in; only their hashes are kept.
// The zero Login asks for none.
type Login struct {
	user, password [sha256.Size]byte
	set            bool
}

// maxLogin bounds user and password, in bytes: they have to fit the request's
// header.
const maxLogin = 512

// NewLogin takes both or neither: two empty texts make the zero Login.
func NewLogin(user, password string) (Login, error) {
	switch {
	case user == "" && password == "":
		return Login{}, nil
	case password == "":
		return Login{}, fmt.Errorf("web user %q has no password: set OCTOQ_WEB_PASSWORD", user)
	case user == "":
		return Login{}, errors.New("the web password has no user: set OCTOQ_WEB_USER")
	case strings.Contains(user, ":"):
		return Login{}, fmt.Errorf("web user %q contains a colon, where HTTP's basic authentication would end it", user)
	case len(user) > maxLogin || len(password) > maxLogin:
		return Login{}, fmt.Errorf("web user and password are limited to %d bytes each", maxLogin)
	case strings.ContainsFunc(user+password, unicode.IsControl):
		return Login{}, errors.New("web user or password contains a control character, such as the line break of a file: remove it")
	}
	return Login{user: sha256.Sum256([]byte(user)), password: sha256.Sum256([]byte(password)), set: true}, nil
}

// Set reports whether a password is asked for.
func (l Login) Set() bool { return l.set }

// String says nothing about user and password.
func (l Login) String() string {
	if l.set {
		return "[password set]"
	}
	return "[no password]"
}

// admits reports whether a request has user and password. It takes the same
// time for all wrong ones.
func (l Login) admits(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	same := subtle.ConstantTimeCompare(u[:], l.user[:]) & subtle.ConstantTimeCompare(p[:], l.password[:])
	return ok && l.set && same == 1
}
