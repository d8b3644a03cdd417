package metrics

import (
	"context"
	"testing"

	"github.com/octoq/octoq/campaign"
)

func TestWorkersWanted(t *testing.T) {
	t.Parallel()
	queues := func(stage campaign.Stage, q Queue) map[campaign.Stage]Queue {
		return map[campaign.Stage]Queue{stage: q}
	}
	for name, tc := range map[string]struct {
		st   Standing
		want int64
	}{
		"nothing":                  {Standing{}, 0},
		"scheduled alone":          {Standing{Queues: queues(campaign.StageCreate, Queue{Scheduled: 9, Retry: 9})}, 0},
		"dead letters alone":       {Standing{Queues: queues(campaign.StageDead, Queue{Pending: 9, Archived: 9})}, 0},
		"a paused queue":           {Standing{Queues: queues(campaign.StageCreate, Queue{Pending: 9, Paused: true})}, 0},
		"one":                      {Standing{Queues: queues(campaign.StageConfirm, Queue{Active: 1})}, 1},
		"thousands, one at a time": {Standing{MaxInFlight: 1, Queues: queues(campaign.StageCreate, Queue{Pending: 9000})}, 1},
		"thousands, 25 at a time":  {Standing{MaxInFlight: 25, Queues: queues(campaign.StageCreate, Queue{Pending: 9000})}, 3},
		"few, without a limit":     {Standing{Queues: queues(campaign.StageStatus, Queue{Pending: 6, Active: 5})}, 2},
	} {
		if got := tc.st.wanted(); got != tc.want {
			t.Errorf("%s: got %d, want %d", name, got, tc.want)
		}
	}
}

// The account that needs most decides; what could not be read in full says nothing, or
// workers would be stopped because Redis is slow.
func TestWorkersWantedOverAllAccounts(t *testing.T) {
	t.Parallel()
	source := fake{accounts: []string{"a", "b", "c"}, workers: map[string]int{}, look: func(_ context.Context, account string) (Standing, error) {
		due := map[string]int64{"a": 1, "b": 31, "c": 12}[account]
		return Standing{Queues: map[campaign.Stage]Queue{campaign.StageCreate: {Pending: due}}}, nil
	}}
	if got := chosen(scrape(t, NewState(source)), "octoq_workers_wanted"); len(got) != 1 || got[0] != "octoq_workers_wanted 4" {
		t.Errorf("got %q, want 4", got)
	}
	all := source.look
	source.look = func(ctx context.Context, account string) (Standing, error) {
		if account == "b" {
			return Standing{}, errAway
		}
		return all(ctx, account)
	}
	if got := chosen(scrape(t, NewState(source)), "octoq_workers_wanted"); got != nil {
		t.Errorf("with an account unread: got %q, want none", got)
	}
}
