package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Place is a campaign's place in the lists of its account: by when it was
// enqueued, in unix milliseconds, and by its id within one millisecond. It never
// changes. The zero Place is none.
type Place struct {
	At int64
	ID string
}

// PlaceOf is the place of a record.
func PlaceOf(r campaign.Record) Place { return Place{At: toMilli(r.EnqueuedAt), ID: r.ID()} }

// Compare orders places as lists do, newest first.
func (p Place) Compare(q Place) int {
	switch a, b := (place{p.At, p.ID}), (place{q.At, q.ID}); {
	case a == b:
		return 0
	case b.before(a):
		return -1
	default:
		return 1
	}
}

// String is the place as a cursor; ParsePlace reads it.
func (p Place) String() string { return place{p.At, p.ID}.cursor() }

// ParsePlace is the reverse of Place.String. It fails with campaign.ErrInvalid.
func ParsePlace(s string) (Place, error) {
	p, err := parseCursor(s)
	if err == nil && !campaign.ValidID(p.id) {
		err = fmt.Errorf("%w: %q is no cursor: give one that a listing returned", campaign.ErrInvalid, s)
	}
	return Place{At: p.at, ID: p.id}, err
}

const (
	// smallState is how many ids of a state are read at once and sorted. Of a
	// state that has more, the list of all states is searched.
	smallState = 5000
	// maxSearch bounds what one page searches, and searchStep one step of it.
	maxSearch  = 5000
	searchStep = 1000
)

// Enqueued returns the places of the campaigns that have a record and are in a state,
// or in any for "": newest first, those behind a place (the zero Place
// begins with the newest), at most n (1 or more). Going on from next to next meets
// each campaign that stays in the state exactly once.
//
// next is where to go on, the zero Place at the end; it may lie behind the last
// of the places, of which there may be fewer than n although more follow.
func (s *Store) Enqueued(ctx context.Context, account string, state campaign.State, after Place, n int) (places []Place, next Place, err error) {
	if err = checkAccount(account); err == nil && n < 1 {
		err = fmt.Errorf("%w: a page of %d campaigns", campaign.ErrInvalid, n)
	}
	if err == nil {
		_, err = s.reindex(ctx, account)
	}
	if err == nil {
		places, next, err = s.enqueued(ctx, account, state, after, n)
	}
	if err != nil {
		return nil, Place{}, fmt.Errorf("list campaigns of account %s: %w", account, err)
	}
	return places, next, nil
}

func (s *Store) enqueued(ctx context.Context, account string, state campaign.State, after Place, n int) ([]Place, Place, error) {
	if state == "" {
		places, err := s.behind(ctx, account, after, n)
		return upTo(places, n), nextOf(places, n), err
	}
	size, err := s.rdb.ZCard(ctx, key.State(account, state)).Result()
	if err != nil {
		return nil, Place{}, err
	}
	if size <= smallState {
		return s.sorted(ctx, account, state, after, n)
	}
	return s.search(ctx, account, state, after, n)
}

// behind reads the list of all states.
func (s *Store) behind(ctx context.Context, account string, after Place, n int) ([]Place, error) {
	w := walk{key: key.Enqueued(account), newest: true}
	if after != (Place{}) {
		w.cursor = after.String()
	}
	found, err := w.next(ctx, s.rdb, n)
	places := make([]Place, len(found))
	for i, p := range found {
		places[i] = Place{At: p.at, ID: p.id}
	}
	return places, err
}

// sorted reads all ids of a state, and sorts them.
func (s *Store) sorted(ctx context.Context, account string, state campaign.State, after Place, n int) ([]Place, Place, error) {
	ids, err := s.rdb.ZRange(ctx, key.State(account, state), 0, -1).Result()
	if err != nil {
		return nil, Place{}, err
	}
	at, err := s.scores(ctx, key.Enqueued(account), ids)
	if err != nil {
		return nil, Place{}, err
	}
	var places []Place
	for id, ms := range at {
		if p := (Place{At: ms, ID: id}); after == (Place{}) || after.Compare(p) < 0 {
			places = append(places, p)
		}
	}
	slices.SortFunc(places, Place.Compare)
	return upTo(places, n), nextOf(places, n), nil
}

// search goes through the list of all states, and leaves out those of other states.
func (s *Store) search(ctx context.Context, account string, state campaign.State, after Place, n int) ([]Place, Place, error) {
	var places []Place
	for looked := 0; looked < maxSearch && len(places) < n; looked += searchStep {
		some, err := s.behind(ctx, account, after, searchStep)
		if err != nil {
			return nil, Place{}, err
		}
		in, err := s.scores(ctx, key.State(account, state), placeIDs(some))
		if err != nil {
			return nil, Place{}, err
		}
		for _, p := range some {
			if _, ok := in[p.ID]; ok {
				places = append(places, p)
			}
		}
		if len(some) < searchStep && len(places) <= n {
			return places, Place{}, nil
		}
		after = some[len(some)-1]
	}
	if len(places) >= n {
		return places[:n], places[n-1], nil
	}
	return places, after, nil
}

// scores are those of the ids that a sorted set has.
func (s *Store) scores(ctx context.Context, set string, ids []string) (map[string]int64, error) {
	found := make(map[string]int64, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	args := []any{"ZMSCORE", set}
	for _, id := range ids {
		args = append(args, id)
	}
	// go-redis's own ZMScore answers 0 for what is not there.
	cmd := redis.NewSliceCmd(ctx, args...)
	if err := s.rdb.Process(ctx, cmd); err != nil {
		return nil, err
	}
	for i, v := range cmd.Val() {
		switch v := v.(type) {
		case float64:
			found[ids[i]] = int64(v)
		case string:
			f, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return nil, err
			}
			found[ids[i]] = int64(f)
		}
	}
	return found, nil
}

func placeIDs(places []Place) []string {
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = p.ID
	}
	return ids
}

func upTo(places []Place, n int) []Place { return places[:min(len(places), n)] }

// nextOf is where to go on behind the first n places; there is nothing behind
// fewer.
func nextOf(places []Place, n int) Place {
	if len(places) < n {
		return Place{}
	}
	return places[n-1]
}

// StateOf is the state under which a record is indexed that this octoq cannot
// read; "" for none.
func (s *Store) StateOf(ctx context.Context, account, id string) (campaign.State, error) {
	if err := checkName(account, id); err != nil {
		return "", err
	}
	for _, state := range campaign.States() {
		err := s.rdb.ZScore(ctx, key.State(account, state), id).Err()
		if err == nil {
			return state, nil
		}
		if !errors.Is(err, redis.Nil) {
			return "", fmt.Errorf("look for campaign %s/%s: %w", account, id, err)
		}
	}
	return "", nil
}

// listedAt is the score of a first write in the account's list; "" for any other.
func listedAt(ch record.Change) string {
	if ch.Before != nil {
		return ""
	}
	return strconv.FormatInt(toMilli(ch.After.EnqueuedAt), 10)
}
