package admin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/schedulestore"
)

// ErrScheduleExists is returned for a schedule whose name is taken.
var ErrScheduleExists = schedulestore.ErrExists

// ListedSchedule is a recurring campaign as people see it. The JSON names are stable.
type ListedSchedule struct {
	schedule.Schedule
	// Last is the last tick that was enqueued.
	Last time.Time `json:"last,omitzero"`
	// Next are the next three ticks; none while it is paused.
	Next []time.Time `json:"next"`
	// Error says why this octoq cannot read the schedule.
	Error string `json:"error,omitempty"`
	// Warnings are about an expression that would be refused by now; of a schedule that was
	// just set, about the days, the campaign of the next tick, and ticks outside the
	// sending window.
	Warnings []campaign.Warning `json:"warnings,omitempty"`
}

// listed is a plan as people see it, with its ticks after a moment.
func listed(p schedule.Plan, after time.Time) ListedSchedule {
	l := ListedSchedule{Schedule: p.Schedule}
	const shown = 3
	for t := p.Next(after); !p.Paused && !t.IsZero() && len(l.Next) < shown; t = p.Next(t) {
		l.Next = append(l.Next, t)
	}
	return l
}

// Ticks are the next ticks, up to a number; none while the schedule is paused.
func (l ListedSchedule) Ticks(most int) []time.Time {
	p, err := l.Plan()
	if err != nil || len(l.Next) == 0 {
		return l.Next
	}
	ticks := slices.Clone(l.Next[:min(len(l.Next), most)])
	for len(ticks) < most {
		t := p.Next(ticks[len(ticks)-1])
		if t.IsZero() {
			break
		}
		ticks = append(ticks, t)
	}
	return ticks
}

// Schedules lists the schedules of an account by name, those of all accounts for "".
func (d *Service) Schedules(ctx context.Context, account string) ([]ListedSchedule, error) {
	accounts := []string{account}
	if account == "" {
		var err error
		if accounts, err = d.schedules.Accounts(ctx); err != nil {
			return nil, err
		}
	}
	var all []ListedSchedule
	for _, account := range accounts {
		seen, err := d.schedules.ReadAll(ctx, account)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(seen.Schedules)) {
			all = append(all, scheduleIn(seen, account, name))
		}
	}
	return all, nil
}

// Schedule reads one schedule. It fails with campaign.ErrNotFound.
func (d *Service) Schedule(ctx context.Context, account, name string) (ListedSchedule, error) {
	seen, err := d.readSchedule(ctx, account, name)
	if err != nil {
		return ListedSchedule{}, err
	}
	return scheduleIn(seen, account, name), nil
}

func (d *Service) readSchedule(ctx context.Context, account, name string) (schedule.Overview, error) {
	seen := schedule.Overview{}
	var err error
	if campaign.ValidAccount(account) {
		seen, err = d.schedules.ReadAll(ctx, account)
	}
	if _, there := seen.Schedules[name]; err == nil && !there {
		err = fmt.Errorf("schedule %s/%s: %w", account, name, campaign.ErrNotFound)
	}
	return seen, err
}

func scheduleIn(seen schedule.Overview, account, name string) ListedSchedule {
	l := readSchedule(seen, name)
	l.Name, l.Account = name, account
	return l
}

func readSchedule(seen schedule.Overview, name string) ListedSchedule {
	decoded, err := schedule.Decode(seen.Schedules[name])
	var p schedule.Plan
	if err == nil {
		p, err = decoded.Plan()
	}
	if err != nil {
		return ListedSchedule{Schedule: decoded, Error: err.Error()}
	}
	cursor, err := schedule.ParseCursor(seen.Cursors[name])
	if err != nil {
		l := listed(p, seen.Now)
		l.Error = err.Error()
		return l
	}
	after := seen.Now
	if cursor.UpTo.After(after) { // no tick up to there is enqueued
		after = cursor.UpTo
	}
	l := listed(p, after)
	if !cursor.Last.IsZero() {
		l.Last = p.Local(cursor.Last)
	}
	if err := schedule.CheckNew(p.Cron); err != nil {
		l.Warnings = []campaign.Warning{{Field: "cron", Problem: err.Error()}}
	}
	return l
}

// SetSchedule adds a schedule, or replaces one: its ticks begin after this moment, and
// what was paused stays so. The
// window is the account's, as far as it is known. faults are those that were found
// while its template was made; the error has them and all others.
func (d *Service) SetSchedule(ctx context.Context, s schedule.Schedule, window string, replace bool, faults ...campaign.Fault) (set ListedSchedule, first string, err error) {
	if replace {
		known, err := d.Schedule(ctx, s.Account, s.Name)
		if err != nil && !errors.Is(err, campaign.ErrNotFound) {
			return set, "", err
		}
		s.Paused = known.Paused
	}
	plan, err := s.New(faults...)
	if err != nil {
		return set, "", err
	}
	warnings, err := plan.WindowWarnings(window)
	if err != nil {
		return set, "", fmt.Errorf("%w: the window of account %s: %w", campaign.ErrInvalid, s.Account, err)
	}
	set = listed(plan, plan.CreatedAt)
	item, err := plan.Campaign(plan.Next(plan.CreatedAt))
	if err != nil {
		return set, "", err
	}
	set.Warnings = slices.Concat(plan.DayWarnings(), item.Warnings(plan.CreatedAt), warnings)
	text, err := s.Encode()
	if err == nil {
		err = d.schedules.Add(ctx, s.Account, s.Name, text, replace)
	}
	if err == nil {
		d.notedSchedule(ctx, "schedule.set", s.Account, s.Name)
	}
	return set, item.ID, err
}

// RemoveSchedule forgets a schedule. It fails with campaign.ErrNotFound.
func (d *Service) RemoveSchedule(ctx context.Context, account, name string) error {
	err := d.schedules.Remove(ctx, account, name)
	if err == nil {
		d.notedSchedule(ctx, "schedule.remove", account, name)
	}
	return err
}

func (d *Service) notedSchedule(ctx context.Context, action, account, name string) {
	d.noted(ctx, Note{Action: action, Account: account, Subject: actor.Schedule(name)})
}

// PauseSchedule keeps a schedule from ticking, or lets it go on. What has passed by then
// is missed, by the schedule's own rule. It fails with campaign.ErrNotFound.
func (d *Service) PauseSchedule(ctx context.Context, account, name string, paused bool) (ListedSchedule, error) {
	for {
		seen, err := d.readSchedule(ctx, account, name)
		if err != nil {
			return ListedSchedule{}, err
		}
		s, err := schedule.Decode(seen.Schedules[name])
		if err != nil {
			return ListedSchedule{}, err
		}
		s.Paused = paused
		text, err := s.Encode()
		if err != nil {
			return ListedSchedule{}, err
		}
		done, err := d.schedules.Rewrite(ctx, account, name, seen.Schedules[name], text)
		if err != nil {
			return ListedSchedule{}, err
		}
		if done {
			d.notedSchedule(ctx, pauseAction(paused), account, name)
			seen.Schedules[name] = text
			return scheduleIn(seen, account, name), nil
		}
	}
}

func pauseAction(paused bool) string {
	if paused {
		return "schedule.pause"
	}
	return "schedule.resume"
}

// TickNow is the campaign that a schedule makes of this moment, of Redis's clock, besides
// its ticks. An id that is given is the campaign's.
func (d *Service) TickNow(ctx context.Context, account, name, id string) (campaign.Campaign, error) {
	seen, err := d.readSchedule(ctx, account, name)
	if err != nil {
		return campaign.Campaign{}, err
	}
	decoded, err := schedule.Decode(seen.Schedules[name])
	var p schedule.Plan
	if err == nil {
		p, err = decoded.Plan()
	}
	var c campaign.Campaign
	if err == nil {
		c, err = p.Campaign(p.Local(seen.Now.Truncate(time.Second)))
	}
	if errors.Is(err, campaign.ErrInvalid) || err == nil {
		if id != "" && err == nil {
			c.ID = id
		}
		return c, err
	}
	return c, fmt.Errorf("schedule %s/%s: %w", account, name, err)
}
