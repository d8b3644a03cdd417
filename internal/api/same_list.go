package api

import (
	"context"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
)

// sendings remember for a few seconds what an account sends, so that a page with twenty
// campaigns that wait asks Redis once.
type sendings struct {
	mu    sync.Mutex
	known map[string]knownSendings
}

// knownSendings are those of an account.
type knownSendings struct {
	at  time.Time
	all []admin.Sending
}

// sendingsFor is how long they are believed, mostAccounts of how many accounts.
const (
	sendingsFor  = 5 * time.Second
	mostAccounts = 100
)

// of are the sendings of an account, read by look where they are not known.
func (s *sendings) of(account string, now time.Time, look func() ([]admin.Sending, error)) ([]admin.Sending, error) {
	s.mu.Lock()
	k, known := s.known[account]
	s.mu.Unlock()
	if known && now.Sub(k.at) < sendingsFor {
		return k.all, nil
	}
	all, err := look()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= mostAccounts {
		s.known = map[string]knownSendings{}
	}
	s.known[account] = knownSendings{at: now, all: all}
	return all, nil
}

// warned is a record as an answer, with what a person who approves it should know: what
// else goes to the same list. That this cannot be read keeps no record back.
func (a *Endpoints) warned(ctx context.Context, status int, r campaign.Record) *recordAnswer {
	answer := answerOf(status, r)
	now := time.Now()
	others, err := a.sendings.of(r.Account(), now, func() ([]admin.Sending, error) {
		operator, err := a.operator(ctx)
		if err != nil {
			return nil, err
		}
		return operator.Sendings(ctx, r.Account(), now)
	})
	if err != nil {
		a.config.OnError(err)
		return answer
	}
	answer.Body.Warnings = admin.SameList(r, others, now)
	return answer
}
