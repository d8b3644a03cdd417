package web

import (
	"context"
	"fmt"

	"github.com/octoq/octoq/campaign"
)

// maxUnserved is how many accounts without a worker one look asks whether anything
// waits in them.
const maxUnserved = 50

// unserved says how many accounts have campaigns that wait and no worker. It names
// none, since everyone may read it: octoq_workers and octoq doctor do. What cannot
// be read is not said: Ready reports that Redis is away.
func (s *source) unserved(ctx context.Context) []string {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return nil
	}
	workers, err := s.Workers(ctx, accounts)
	if err != nil {
		return nil
	}
	found, looked := 0, 0
	for _, account := range accounts {
		if workers[account] > 0 || looked == maxUnserved {
			continue
		}
		looked++
		depths, err := s.queues.Depths(ctx, account)
		if err != nil {
			return nil
		}
		for stage, d := range depths {
			if stage != campaign.StageDead && d.Pending+d.Active+d.Scheduled+d.Retry > 0 {
				found++
				break
			}
		}
	}
	if found == 0 {
		return nil
	}
	return []string{fmt.Sprintf("campaigns wait in %d accounts that no worker serves: see octoq_workers on /metrics, or octoq doctor", found)}
}
