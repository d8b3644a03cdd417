package enqueue

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
)

// Page is a part of a list.
type Page struct {
	Records []campaign.Record
	// Next is the cursor of the next page; "" after the last one.
	Next string
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// List lists campaigns without their timelines by when they were enqueued (the
// producer's clock, in milliseconds, then the id), newest first. That never changes:
// a campaign that exists, and fits the filter, from the first page to the last is on
// exactly one of them, whatever workers do with it meanwhile. A page may hold fewer
// than Limit although more follow.
//
// Redis has an index of each state, and of when campaigns were enqueued. What else a
// filter asks for is looked for in one record after the other, for as long as
// Filter.Within says: a page may be empty although more follow.
//
// The first page of campaigns that wait reads when each of them was enqueued, and
// the client remembers the next 50,000 for a minute or so: see docs/run.md
// for what that costs.
func (c *Client) List(ctx context.Context, f Filter) (Page, error) {
	f, err := f.withDefaults()
	if err != nil {
		return Page{}, err
	}
	l := &listing{client: c, account: f.Account, state: f.indexed(), touched: f.recorded(), limit: f.Limit}
	if l.after, l.token, err = parseCursor(f.Cursor); err != nil {
		return Page{}, err
	}
	if f.walks() {
		return l.walk(ctx, f)
	}
	p, err := l.page(ctx)
	return Page{Records: p.records, Next: l.cursor(p.next)}, err
}

// listing is one page of a list. A cursor is the place of the last campaign
// before the page, and names the listing that it is of.
type listing struct {
	client  *Client
	account string
	state   campaign.State // all of them when empty
	// touched: what waits in its queue, and no worker has touched, is not asked for.
	touched bool
	limit   int
	after   ledger.Place // zero for the first page
	token   string       // what the listing is remembered by; "" for the first page
}

// part is what a page found: records with their places, and where to go on, the zero
// place at the end.
type part struct {
	records []campaign.Record
	places  []ledger.Place
	next    ledger.Place
}

// cursor is where a listing goes on; "" at the end.
func (l *listing) cursor(next ledger.Place) string {
	if next == (ledger.Place{}) {
		return ""
	}
	return next.String() + ":" + l.token
}

func parseCursor(cursor string) (after ledger.Place, token string, err error) {
	if cursor == "" {
		return ledger.Place{}, "", nil
	}
	place := cursor
	if i := strings.LastIndexByte(cursor, ':'); strings.Count(cursor, ":") == 2 {
		place, token = cursor[:i], cursor[i+1:]
	}
	after, err = ledger.ParsePlace(place)
	return after, token, err
}

// page reads the queue before the ledger: a campaign moves from the one to the
// other and never back, so it is met in one of them at least.
func (l *listing) page(ctx context.Context) (part, error) {
	queued, err := l.queued(ctx)
	if err != nil {
		return part{}, err
	}
	recorded, next, err := l.client.ledger.Enqueued(ctx, l.account, l.state, l.after, l.limit)
	if err != nil {
		return part{}, err
	}
	places, next := merge(queued, recorded, next, l.limit)
	p, err := l.read(ctx, places)
	if err != nil || next == (ledger.Place{}) {
		l.client.listings.forget(l.token)
		return p, err
	}
	p.next = next
	return p, nil
}

// queued are the places of campaigns that wait in their queue, of at least one
// page where there are as many.
func (l *listing) queued(ctx context.Context) (*places, error) {
	if l.token == "" {
		l.token = random.Token()
	}
	if l.touched {
		return &places{whole: true}, nil
	}
	if known := l.client.listings.get(l.token, l.account); known.reaches(l.after, l.limit) {
		return known.behind(l.after), nil
	}
	found := &newestPlaces{after: l.after}
	err := l.client.producer.Waiting(ctx, l.account, func(id string, at int64) { found.add(ledger.Place{At: at, ID: id}) })
	if err != nil {
		return nil, err
	}
	all := found.places()
	l.client.listings.put(l.token, l.account, all)
	return all, nil
}

// merge is a page of both, each place once, and where the next one goes on. It
// ends where one of them is not known any further.
func merge(queued *places, recorded []ledger.Place, next ledger.Place, limit int) ([]ledger.Place, ledger.Place) {
	all := append(slices.Clone(queued.list[:min(len(queued.list), limit)]), recorded...)
	slices.SortFunc(all, ledger.Place.Compare)
	all = slices.Compact(all)
	if next != (ledger.Place{}) {
		beyond := func(p ledger.Place) bool { return next.Compare(p) < 0 }
		all = slices.DeleteFunc(all, beyond)
	}
	more := next != (ledger.Place{}) || len(queued.list) > limit
	if len(all) < limit || len(all) == limit && !more {
		return all, next
	}
	return all[:limit], all[limit-1]
}

// read reads what stands at some places: the queue first again.
func (l *listing) read(ctx context.Context, places []ledger.Place) (part, error) {
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = p.ID
	}
	queued := map[string]queue.QueuedCampaign{}
	if !l.touched {
		var err error
		if queued, err = l.client.producer.Queued(ctx, l.account, ids); err != nil {
			return part{}, err
		}
	}
	if len(ids) == 0 {
		return part{}, nil
	}
	var p part
	for i, found := range l.client.ledger.Look(ctx, l.account, ids) {
		r, err := l.recorded(ctx, places[i], found)
		if errors.Is(err, campaign.ErrNotFound) {
			r, err = l.waiting(places[i], queued)
		}
		switch {
		case errors.Is(err, errElsewhere):
		case err != nil:
			return part{}, err
		case l.state == "" || r.State == l.state:
			p.records, p.places = append(p.records, r), append(p.places, places[i])
		}
	}
	return p, nil
}

// errElsewhere is what is not, or no longer, at a place: another campaign has its
// id now, and a place of its own.
var errElsewhere = errors.New("not at this place")

// recorded is a record that stands at a place. One that a newer octoq wrote is
// listed with its id, account and state alone.
func (l *listing) recorded(ctx context.Context, at ledger.Place, found ledger.Found) (campaign.Record, error) {
	switch {
	case errors.Is(found.Err, campaign.ErrVersion):
		state, err := l.client.ledger.StateOf(ctx, l.account, at.ID)
		return campaign.Record{Campaign: campaign.Campaign{ID: at.ID, Account: l.account}, State: state}, err
	case found.Err == nil && ledger.PlaceOf(found.Record.Record) != at:
		return campaign.Record{}, errElsewhere
	default:
		return found.Record.Record, found.Err
	}
}

// waiting is a campaign without a record that waits at a place.
func (l *listing) waiting(at ledger.Place, queued map[string]queue.QueuedCampaign) (campaign.Record, error) {
	q, there := queued[at.ID]
	if there && q.First.Campaign.ID == "" { // only a newer octoq can read it
		c := campaign.Campaign{ID: at.ID, Account: l.account}
		return campaign.Record{Campaign: c, State: campaign.StateQueued}, nil
	}
	r := queuedRecord(q)
	r.Timeline = nil
	if !there || ledger.PlaceOf(r) != at {
		return r, errElsewhere
	}
	return r, nil
}
