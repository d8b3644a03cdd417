package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// List reads records of a state, or of all states for "", without their
// timelines: newest change first, at most limit (1 or more) of them. cursor is
// "" for the first page and then the next that the page before returned; next
// is "" on the last page. A page may hold fewer than limit although more
// follow: campaigns that have moved on or expired meanwhile are left out.
//
// A record in a form that this octoq does not know is listed with its id,
// account and state alone.
func (s *Store) List(ctx context.Context, account string, state campaign.State, cursor string, limit int) (page []record.Record, next string, err error) {
	page, next, err = s.list(ctx, account, state, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list campaigns of account %s: %w", account, err)
	}
	return page, next, nil
}

func (s *Store) list(ctx context.Context, account string, state campaign.State, cursor string, limit int) ([]record.Record, string, error) {
	if err := checkAccount(account); err != nil {
		return nil, "", err
	}
	if limit < 1 {
		return nil, "", fmt.Errorf("%w: a page of %d campaigns", campaign.ErrInvalid, limit)
	}
	states := []campaign.State{state}
	if state == "" {
		states = campaign.States()
	}
	found, err := s.newest(ctx, account, states, cursor, limit)
	if err != nil || len(found) == 0 {
		return nil, "", err
	}
	page, err := s.summaries(ctx, account, found)
	if err != nil {
		return nil, "", err
	}
	if len(found) < limit {
		return page, "", nil
	}
	return page, found[limit-1].cursor(), nil
}

// indexed is an id in a state's set.
type indexed struct {
	place
	state campaign.State
}

// newest merges the sets of some states, newest first.
func (s *Store) newest(ctx context.Context, account string, states []campaign.State, cursor string, limit int) ([]indexed, error) {
	var all []indexed
	for _, state := range states {
		w := walk{key: key.State(account, state), newest: true, cursor: cursor}
		places, err := w.next(ctx, s.rdb, limit)
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			all = append(all, indexed{place: p, state: state})
		}
	}
	slices.SortFunc(all, func(a, b indexed) int {
		if b.before(a.place) {
			return -1
		}
		return 1
	})
	return all[:min(len(all), limit)], nil
}

// summaries reads the records of ids, those left out that are not, or no
// longer, in the state they were found under.
func (s *Store) summaries(ctx context.Context, account string, found []indexed) ([]record.Record, error) {
	pipe := s.rdb.Pipeline()
	for _, f := range found {
		pipe.HGetAll(ctx, key.Record(account, f.id))
	}
	answers, _ := pipe.Exec(ctx) // every command has its own error
	var page []record.Record
	for i, f := range found {
		r, err := s.summary(answers[i])
		switch {
		case errors.Is(err, campaign.ErrVersion):
			r = record.Record{Record: campaign.Record{Campaign: campaign.Campaign{ID: f.id, Account: account}, State: f.state}}
		case errors.Is(err, campaign.ErrNotFound) || err == nil && r.State != f.state:
			continue
		case err != nil:
			return nil, fmt.Errorf("campaign %s: %w", f.id, err)
		}
		page = append(page, r)
	}
	return page, nil
}

// summary reads a record that a pipeline asked for. What holds no hash is no
// record of any octoq's, and hides no others.
func (s *Store) summary(answer redis.Cmder) (record.Record, error) {
	err := answer.Err()
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		err = campaign.ErrVersion
	}
	if err != nil {
		return record.Record{}, err
	}
	return s.decode(hashVal(answer))
}

// Idle lists ids of a state whose last change is older than before and, unless
// since is zero, not older than that: oldest first, at most n (1 or more). Polls
// are no changes. cursor and next are those of List.
func (s *Store) Idle(ctx context.Context, account string, state campaign.State, since, before time.Time, cursor string, n int) (ids []string, next string, err error) {
	if err := checkAccount(account); err != nil {
		return nil, "", err
	}
	if n < 1 {
		return nil, "", fmt.Errorf("%w: a page of %d ids", campaign.ErrInvalid, n)
	}
	w := walk{key: key.State(account, state), cursor: cursor, until: strconv.FormatInt(before.UnixMilli(), 10)}
	if !since.IsZero() {
		w.from = strconv.FormatInt(since.UnixMilli(), 10)
	}
	places, err := w.next(ctx, s.rdb, n)
	if err != nil {
		return nil, "", fmt.Errorf("list idle campaigns of account %s in state %s: %w", account, state, err)
	}
	for _, p := range places {
		ids = append(ids, p.id)
	}
	if len(places) == n {
		next = places[n-1].cursor()
	}
	return ids, next, nil
}
