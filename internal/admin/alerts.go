package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// AlertKind is what a person is needed for.
type AlertKind string

// The kinds of alerts, the most urgent first.
const (
	AlertHeld     AlertKind = "account_held"
	AlertNoWorker AlertKind = "no_worker"
	AlertReplaced AlertKind = "redis_replaced"
	AlertApproval AlertKind = "approval_waiting"
	AlertBudget   AlertKind = "budget"
	AlertLetters  AlertKind = "letters"
	AlertPaused   AlertKind = "queue_paused"
	AlertDiffer   AlertKind = "workers_differ"
)

func alertKinds() []AlertKind {
	return []AlertKind{AlertHeld, AlertNoWorker, AlertReplaced, AlertApproval, AlertBudget, AlertLetters, AlertPaused, AlertDiffer}
}

// Alert is something that needs a person now. The JSON names are stable.
type Alert struct {
	Kind    AlertKind `json:"kind" enum:"account_held,no_worker,redis_replaced,approval_waiting,budget,letters,queue_paused,workers_differ"`
	Account string    `json:"account"`
	Count   int64     `json:"count,omitempty" doc:"how many campaigns it is about"`
	Since   time.Time `json:"since,omitzero"`
	What    string    `json:"what" doc:"a sentence for people"`
	Do      string    `json:"do" doc:"what helps, mostly a command"`
	Path    string    `json:"path" doc:"where the API shows more"`
}

// Alerts lists what needs a person in some accounts that are known, the most urgent
// first. Where its context ends before it has seen all, looked is how many accounts it
// has seen.
func (d *Service) Alerts(ctx context.Context, accounts []string) (all []Alert, looked int, err error) {
	for looked < len(accounts) {
		s, err := d.standing(ctx, accounts[looked])
		if err != nil && (looked == 0 || ctx.Err() == nil) {
			return nil, looked, err
		}
		if err != nil {
			break
		}
		all = append(all, s.alerts()...)
		looked++
	}
	kinds := alertKinds()
	slices.SortStableFunc(all, func(a, b Alert) int { return cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)) })
	return all, looked, nil //nolint:nilerr // its time was over, which looked says
}

// counted is a number with what it counts.
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// alerts are what an account needs a person for.
func (s AccountStanding) alerts() []Alert {
	var all []Alert
	of := " --account " + s.Account
	need := func(when bool, a Alert) {
		if !when {
			return
		}
		a.Account = s.Account
		a.Path = "/v1/accounts/" + s.Account + a.Path
		all = append(all, a)
	}
	if h := s.Hold; h != nil {
		text := fmt.Sprintf("Account %s is on hold (%s): %s", s.Account, h.Reason, cmp.Or(h.Message, "no reason was given"))
		need(true, Alert{Kind: AlertHeld, Since: h.Since, Count: s.Waiting, What: text, Do: "octoq hold clear" + of})
	}
	need(s.Waiting > 0 && len(s.Workers) == 0, Alert{
		Kind: AlertNoWorker, Count: s.Waiting, What: counted(s.Waiting, "campaign waits", "campaigns wait") + ", and no worker serves the account.", Do: "octoq doctor",
	})
	if n := len(s.Replaced); n > 0 {
		need(true, Alert{
			Kind: AlertReplaced, Since: s.Replaced[0], What: "Redis was restarted or replaced, and may have forgotten writes: what it may have forgotten waits for a person's word.",
			Do: "octoq vouch --reason TEXT" + of,
		})
	}
	waiting, letters := s.Counts[campaign.StateAwaitingApproval], s.Counts[campaign.StateDead]
	need(waiting > 0, Alert{
		Kind: AlertApproval, Count: waiting, What: counted(waiting, "campaign waits", "campaigns wait") + " for a person's approval.",
		Do: "octoq list --state awaiting_approval" + of, Path: "/campaigns?state=awaiting_approval",
	})
	for _, b := range s.Budgets {
		const much = 0.8
		need(b.fullest() >= much, Alert{
			Kind: AlertBudget, Since: b.PeriodStart, Path: "/budgets", Do: "octoq budget ls" + of,
			What: fmt.Sprintf("Of budget %s, %.0f %% are spent or reserved in the period that ends at %s.", b.Budget, 100*b.fullest(), b.PeriodEnd.Format(time.RFC3339)),
		})
	}
	need(letters > 0, Alert{
		Kind: AlertLetters, Count: letters, What: counted(letters, "campaign has", "campaigns have") + " stopped for good, and can be mended, replayed or purged.",
		Do: "octoq dead ls" + of, Path: "/campaigns?state=dead",
	})
	stages := make([]string, len(s.Paused))
	for i, stage := range s.Paused {
		stages[i] = string(stage)
	}
	need(len(stages) > 0, Alert{Kind: AlertPaused, What: "A person has paused the queues " + strings.Join(stages, ", ") + ".", Do: "resume them on asynq's page, /monitoring"})
	need(len(s.Differences) > 0, Alert{Kind: AlertDiffer, What: "Workers have different settings: " + strings.Join(s.Differences, "; ") + ".", Do: "octoq doctor"})
	return all
}
