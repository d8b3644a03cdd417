package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redisconn"
)

// lookedAtOnce is of how many accounts one command looks for work.
const lookedAtOnce = 100

// Workload is what an account has to do, as far as Redis shows it.
type Workload struct {
	// Open says that something is to be done now, or in hand.
	Open bool
	// Waits says that campaigns are not final. Unless Open says otherwise they wait for
	// their time or for a person.
	Waits bool
	// Ticks says that the account has schedules.
	Ticks bool
	// Due is when the first task is due that waits for its time; zero where none does.
	Due time.Time
	// Unknown says that Redis has not answered about the account.
	Unknown bool

	create time.Time // when the first of the campaigns is due that wait for their time
	later  uint32    // the other sets of tasks that wait for their time: those with some, by their bits
}

// WorkloadKeys are the keys by which an account that has something to do is known. All of
// them exist only while it has.
type WorkloadKeys struct {
	first, rest []string // what is looked at each time, and what is besides by a whole look
	records     []string // those of campaigns that are not final
	schedules   string
	create      string   // the first tasks of campaigns that wait for their time
	later       []string // other tasks that wait for their time
}

// FurtherKeys are the keys by which an account is known to have something to do, beside
// those of its queues.
type FurtherKeys struct {
	Often     []string // to be looked at each time
	Sometimes []string // by a whole look
	Records   []string // of campaigns that are not final
	Schedules string
}

// NewWorkloadKeys makes those of an account.
//
// Each look sees what others put there for an account that is not at work: new
// campaigns, schedules, and letters that are replayed. Everything else comes out of work
// on the account, and is seen by a whole look.
func NewWorkloadKeys(account string, further FurtherKeys) *WorkloadKeys {
	w := &WorkloadKeys{
		first: slices.Clone(further.Often), rest: slices.Clone(further.Sometimes), records: further.Records, schedules: further.Schedules,
	}
	for _, s := range record.Stages() {
		k := asynqwire.KeysOf(key.Queue(account, s))
		w.first = append(w.first, k.Pending(), key.Alerts(k.Queue))
		w.rest = append(w.rest, k.Active(), k.Archived())
		w.later = append(w.later, k.Retry())
		switch s {
		case campaign.StageDead: // letters, which wait for a person
		case campaign.StageCreate:
			w.create = k.Scheduled()
		default:
			w.later = append(w.later, k.Scheduled())
		}
	}
	return w
}

// Looker looks at what accounts have to do, at many of them with one command.
type Looker struct {
	rdb   redis.UniversalClient
	apart bool // keys of several hash tags may not stand in one command
}

// NewLooker makes one.
func NewLooker(rdb redis.UniversalClient) *Looker {
	return &Looker{rdb: rdb, apart: redisconn.HasSeveralNodes(rdb)}
}

// Look returns what accounts have to do. known is what is known of each: what it says is
// not asked for again, but for the time at which the next campaign is due, and an account
// that is Unknown is looked at closely. A look that is not whole leaves out what only work
// on the account brings about. After an error some of the accounts are known.
func (l *Looker) Look(ctx context.Context, accounts []*WorkloadKeys, known []Workload, whole bool) ([]Workload, error) {
	found := slices.Clone(known)
	var faults []error
	for begin := 0; begin < len(accounts); begin += lookedAtOnce {
		end := min(begin+lookedAtOnce, len(accounts))
		faults = append(faults, l.chunk(ctx, accounts[begin:end], found[begin:end], whole))
	}
	if err := errors.Join(faults...); err != nil {
		return found, fmt.Errorf("look at what accounts have to do: %w", err)
	}
	return found, nil
}

// chunk looks at some accounts together, and closely at those that may have something else
// to do than what is known.
func (l *Looker) chunk(ctx context.Context, accounts []*WorkloadKeys, found []Workload, whole bool) error {
	pipe := l.rdb.Pipeline()
	some, first := make([]existence, len(accounts)), make([]*redis.ZSliceCmd, len(accounts))
	var together []string
	for i, a := range accounts {
		if found[i].Unknown {
			continue
		}
		keys := a.quick(found[i], whole)
		if l.apart {
			some[i] = l.exist(ctx, pipe, keys)
		}
		together = append(together, keys...)
		if !found[i].create.IsZero() {
			first[i] = pipe.ZRangeWithScores(ctx, a.create, 0, 0)
		}
	}
	if !l.apart {
		all := l.exist(ctx, pipe, together)
		for i := range some {
			some[i] = all
		}
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	var suspects []int
	var faults []error
	for i := range accounts {
		something, err := some[i].any()
		changed, fault := changed(first[i], found[i].create)
		switch err = cmp.Or(err, fault); {
		case err != nil:
			found[i] = Workload{Unknown: true}
			faults = append(faults, err)
		case something || changed || found[i].Unknown:
			suspects = append(suspects, i)
		}
	}
	return errors.Join(firstOf(faults), l.closely(ctx, accounts, suspects, found))
}

// quick are the keys that exist only where there is more than what is known.
func (w *WorkloadKeys) quick(known Workload, whole bool) []string {
	keys := slices.Clone(w.first)
	if known.create.IsZero() {
		keys = append(keys, w.create)
	}
	if !known.Ticks && w.schedules != "" {
		keys = append(keys, w.schedules)
	}
	if !whole {
		return keys
	}
	keys = append(keys, w.rest...)
	if !known.Waits {
		keys = append(keys, w.records...)
	}
	for i, k := range w.later {
		if known.later&(1<<i) == 0 {
			keys = append(keys, k)
		}
	}
	return keys
}

// changed reports whether the first task waits for another time than the known one; there
// is no answer where none is known.
func changed(answer *redis.ZSliceCmd, known time.Time) (bool, error) {
	if answer == nil {
		return false, nil
	}
	first, err := answer.Result()
	return !firstDue(first).Equal(known), err
}

// firstOf is the first of some errors; those that follow say the same.
func firstOf(faults []error) error {
	if len(faults) == 0 {
		return nil
	}
	return faults[0]
}

// closely looks at some of the accounts one by one.
func (l *Looker) closely(ctx context.Context, accounts []*WorkloadKeys, which []int, found []Workload) error {
	if len(which) == 0 {
		return nil
	}
	pipe := l.rdb.Pipeline()
	answers := make([]closeAnswers, len(which))
	for n, i := range which {
		a := accounts[i]
		answers[n] = closeAnswers{
			open: l.exist(ctx, pipe, append(slices.Clone(a.first), a.rest...)), waits: l.exist(ctx, pipe, a.records),
			create: pipe.ZRangeWithScores(ctx, a.create, 0, 0),
		}
		if a.schedules != "" {
			answers[n].ticks = l.exist(ctx, pipe, []string{a.schedules})
		}
		answers[n].anyLater = l.exist(ctx, pipe, a.later)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for n, i := range which {
		if some, err := answers[n].anyLater.any(); err != nil || !some {
			continue
		}
		for _, k := range accounts[i].later {
			answers[n].later = append(answers[n].later, pipe.ZRangeWithScores(ctx, k, 0, 0))
		}
	}
	_, _ = pipe.Exec(ctx)
	var faults []error
	for n, i := range which {
		var err error
		if found[i], err = answers[n].workload(); err != nil {
			found[i] = Workload{Unknown: true}
			faults = append(faults, err)
		}
	}
	return firstOf(faults)
}

// closeAnswers are those to a close look at one account.
type closeAnswers struct {
	open, waits, ticks, anyLater existence
	create                       *redis.ZSliceCmd
	later                        []*redis.ZSliceCmd // none where none of the sets exists
}

func (c closeAnswers) workload() (w Workload, err error) {
	var faults [5]error
	w.Open, faults[0] = c.open.any()
	w.Waits, faults[1] = c.waits.any()
	w.Ticks, faults[2] = c.ticks.any()
	first, fault := c.create.Result()
	w.create, faults[3] = firstDue(first), fault
	_, faults[4] = c.anyLater.any()
	err = cmp.Or(faults[:]...)
	w.Due = w.create
	for i, answer := range c.later {
		first, fault := answer.Result()
		err = cmp.Or(err, fault)
		at := firstDue(first)
		if at.IsZero() {
			continue
		}
		w.later |= 1 << i
		if w.Due.IsZero() || at.Before(w.Due) {
			w.Due = at
		}
	}
	return w, err
}

func firstDue(first []redis.Z) time.Time {
	if len(first) == 0 {
		return time.Time{}
	}
	return time.Unix(int64(first[0].Score), 0)
}

// existence is the answers to whether any of some keys exists.
type existence []*redis.IntCmd

func (e existence) any() (bool, error) {
	found := false
	for _, answer := range e {
		n, err := answer.Result()
		if err != nil {
			return false, err
		}
		found = found || n > 0
	}
	return found, nil
}

// exist has a pipeline ask whether any of some keys exists.
func (l *Looker) exist(ctx context.Context, pipe redis.Pipeliner, keys []string) existence {
	var asked existence
	for _, group := range l.groups(keys) {
		asked = append(asked, pipe.Exists(ctx, group...))
	}
	return asked
}

// groups are the keys that may stand in one command.
func (l *Looker) groups(keys []string) [][]string {
	if len(keys) == 0 {
		return nil
	}
	if !l.apart {
		return [][]string{keys}
	}
	byTag := map[string][]string{}
	for _, k := range keys {
		_, tag, _ := strings.Cut(k, "{")
		tag, _, _ = strings.Cut(tag, "}")
		byTag[tag] = append(byTag[tag], k)
	}
	groups := make([][]string, 0, len(byTag))
	for _, group := range byTag {
		groups = append(groups, group)
	}
	return groups
}
