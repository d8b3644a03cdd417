package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
)

// ownPassword describes how users change their password.
const ownPassword = "Ends the user's sessions, this one too. 422 where the present password is another one; a wrong one makes the next try wait, which 429 says. " +
	"It is for users of octoq user add: a provider's, and OCTOQ_WEB_USER, have theirs elsewhere."

type ownPasswordInput struct {
	Body struct {
		Current  string `json:"current" doc:"the present password"`
		Password string `json:"password" doc:"12 characters at least"`
	}
}

func (a *Endpoints) changePassword(ctx context.Context, in *ownPasswordInput) (*nameAnswer, error) {
	u, err := a.ownUser(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	if err := faulty("password", access.CheckPassword(in.Body.Password)); err != nil {
		return nil, err
	}
	if err := a.knowsPassword(ctx, u, in.Body.Current); err != nil {
		return nil, a.problem(err)
	}
	hash, err := a.config.People.Passwords.Hash(ctx, in.Body.Password)
	if err != nil {
		return nil, a.problem(err)
	}
	return named(u.Name), a.change(ctx, func(s *accessstore.Store) error {
		return s.ChangeUser(ctx, u.Name, accessstore.UserChange{Hash: hash})
	})
}

// ownUser is the user that asks.
func (a *Endpoints) ownUser(ctx context.Context) (access.User, error) {
	c := a.config.Caller(ctx)
	name, local := strings.CutPrefix(c.Name, "user:")
	d, err := a.config.People.Store.Load(ctx)
	u, there := d.Users[name]
	if err == nil && (c.Kind != access.OfUser || !local || !there) {
		err = newProblem(http.StatusConflict, codeState, c.Name+" has no password that octoq keeps.")
	}
	return u, err
}

// knowsPassword is a problem unless it is the user's password. A caller that has got at a
// session may not find it out by trying.
func (a *Endpoints) knowsPassword(ctx context.Context, u access.User, password string) error {
	if wait := a.wrongPasswords.wait(u.Name, time.Now()); wait > 0 {
		p := newProblem(http.StatusTooManyRequests, "", "The present password was wrong: wait a moment before the next try.")
		p.header = http.Header{"Retry-After": {strconv.Itoa(int(wait.Seconds()) + 1)}}
		return p
	}
	right, err := a.config.People.Passwords.Verify(ctx, u.Hash, password)
	if err == nil && !right {
		a.wrongPasswords.note(u.Name, time.Now())
		err = faulty("current", errors.New("is not the present password"))
	}
	return err
}

// wrongPasswords are the users who have lately given a wrong password of their own.
type wrongPasswords struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// wrongWait is how long a user waits behind a wrong password.
const wrongWait = 3 * time.Second

func (w *wrongPasswords) wait(user string, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(w.last[user].Add(wrongWait).Sub(now), 0)
}

// forget ends a user's wait: an admin has set another password.
func (w *wrongPasswords) forget(user string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.last, user)
}

func (w *wrongPasswords) note(user string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil {
		w.last = map[string]time.Time{}
	}
	w.last[user] = now
}
