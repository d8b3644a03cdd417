package admin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/balancestore"
	"github.com/octoq/octoq/internal/peers"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/record"
)

// AccountStanding is how an account stands. The JSON names are stable.
type AccountStanding struct {
	Account string `json:"account"`
	// Workers are those that serve the account, by name, as of the last two minutes.
	Workers []WorkerStanding `json:"workers"`
	// Asleep says that nothing runs for the account until there is something to do.
	Asleep bool `json:"asleep" doc:"nothing runs for the account until there is something to do, as of the last quarter of a minute"`
	// Limits and Window are what the workers keep to, as their settings say it; where they
	// disagree Differences do.
	Limits AccountLimits `json:"limits"`
	Window string        `json:"window" doc:"when wholesale campaigns may go out; empty where no worker says it"`
	// Differences are settings that not all workers have at the same value.
	Differences []string `json:"differences" doc:"settings that the workers do not agree about, each as a sentence"`
	// Balance is the credit at Octopush when a worker last asked.
	Balance *Balance     `json:"balance,omitempty" doc:"the credit at Octopush when a worker last asked; absent where none has yet"`
	Hold    *record.Hold `json:"hold,omitempty" doc:"why no call is made; absent where calls are made"`
	// Paused are queues that a person paused apart from a hold.
	Paused []campaign.Stage `json:"paused" doc:"queues that somebody has paused"`
	// Counts are campaigns by their state, of those that a worker has touched.
	Counts map[campaign.State]int64 `json:"counts" doc:"campaigns by their state, of those that a worker has touched"`
	// Waiting is how many tasks wait for a worker or their time.
	Waiting int64 `json:"waiting" doc:"campaigns that wait for a worker, or for their time"`
	// Oldest is for how many seconds the oldest task of each stage has been due.
	Oldest map[campaign.Stage]float64 `json:"oldest" doc:"for each stage, for how many seconds the task has been due that has been due longest"`
	// Replaced are the moments at which Redis was seen to be another one, for which no operator
	// has vouched.
	Replaced []time.Time `json:"replaced" doc:"when Redis was seen to be restarted or replaced, as long as nobody has vouched for it"`
	// Rules are what the account demands of each campaign, Budgets what its campaigns may
	// cost.
	Rules   RulesInForce     `json:"rules" doc:"what the account demands of each campaign, beside the settings of its workers"`
	Budgets []BudgetStanding `json:"budgets"`
}

// WorkerStanding is a worker that serves an account.
type WorkerStanding struct {
	Name     string            `json:"name"`
	Settings map[string]string `json:"settings"`
}

// AccountLimits are the limits that all workers of an account share, as texts.
type AccountLimits struct {
	Rate        string `json:"rate,omitempty" doc:"calls a second, or no limit"`
	Burst       string `json:"burst,omitempty" doc:"calls that may come at once after a pause"`
	MaxInFlight string `json:"max_in_flight,omitempty" doc:"calls under way at once, or no limit"`
}

// Standing reads how an account stands. It fails with campaign.ErrNotFound for one that
// this Redis has never seen.
func (d *Service) Standing(ctx context.Context, account string) (AccountStanding, error) {
	seen, err := d.ledger.HasAccount(ctx, account)
	if err != nil {
		return AccountStanding{}, err
	}
	if !seen {
		return AccountStanding{}, fmt.Errorf("account %s: %w", account, campaign.ErrNotFound)
	}
	return d.standing(ctx, account)
}

// Balance is the credit of an account at a moment.
type Balance = balancestore.Credit

// Balance is the credit of an account when a worker last asked, nil where none has yet.
func (d *Service) Balance(ctx context.Context, account string) (*Balance, error) {
	seen, known, err := balancestore.Get(ctx, d.rdb, account)
	if err != nil || !known {
		return nil, err
	}
	return &seen, nil
}

// standing is Standing for an account that is known.
func (d *Service) standing(ctx context.Context, account string) (AccountStanding, error) {
	s := AccountStanding{Budgets: []BudgetStanding{}, Account: account, Oldest: map[campaign.Stage]float64{}, Replaced: []time.Time{}, Paused: []campaign.Stage{}}
	var err error
	if s.Counts, err = d.ledger.Counts(ctx, account); err != nil {
		return s, err
	}
	if s.Waiting, err = d.Waiting(ctx, account); err != nil {
		return s, err
	}
	hold, paused, err := d.Stopped(ctx, account)
	if err != nil {
		return s, err
	}
	s.Hold, s.Paused = hold, append(s.Paused, paused...)
	oldest, err := d.inspector.Oldest(ctx, account, time.Now())
	if err != nil {
		return s, err
	}
	for stage, waits := range oldest {
		s.Oldest[stage] = waits.Seconds()
	}
	changes, err := d.Changes(ctx, account)
	if err != nil {
		return s, err
	}
	for _, c := range changes {
		if !c.Birth() {
			s.Replaced = append(s.Replaced, c.FirstSeen)
		}
	}
	stored, err := d.policies.Read(ctx, account)
	if err != nil {
		return s, err
	}
	s.Rules = rulesOf(stored)
	if s.Budgets, err = d.budgetStandings(ctx, account, stored.Budgets); err != nil {
		return s, err
	}
	if s.Balance, err = d.Balance(ctx, account); err != nil {
		return s, err
	}
	if s.Asleep, err = presence.Asleep(ctx, d.rdb, account); err != nil {
		return s, err
	}
	living, err := d.peers.Living(ctx, account)
	s.servedBy(living)
	return s, err
}

// servedBy notes the workers, and what they agree about.
func (s *AccountStanding) servedBy(living []peers.PeerWorker) {
	s.Workers, s.Differences = []WorkerStanding{}, []string{}
	for _, w := range living {
		s.Workers = append(s.Workers, WorkerStanding{Name: w.Name, Settings: w.Settings})
	}
	slices.SortFunc(s.Workers, func(a, b WorkerStanding) int { return cmp.Compare(a.Name, b.Name) })
	agreed := map[string]string{}
	if len(living) > 0 {
		agreed = maps.Clone(living[0].Settings)
	}
	for _, d := range peers.Differences(living) {
		s.Differences = append(s.Differences, d.String())
		delete(agreed, d.Setting)
	}
	s.Limits = AccountLimits{Rate: agreed["rate"], Burst: agreed["burst"], MaxInFlight: agreed["max_in_flight"]}
	s.Window = agreed["window"]
}
