package action

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
)

// MaxCampaigns is how many campaigns a plan has at most.
const MaxCampaigns = 100_000

// Preview is a dry run: which campaigns an order would touch. The JSON names are stable.
type Preview struct {
	ID        string            `json:"plan" doc:"begins the action, within an hour"`
	Verb      Verb              `json:"action" enum:"approve,reject,cancel,replay,purge"`
	Account   string            `json:"account"`
	Campaigns int               `json:"campaigns" doc:"how many would be touched"`
	Contacts  int               `json:"contacts" doc:"how many contacts they go to, as far as they have a price"`
	Cost      campaign.Money    `json:"cost" doc:"what they cost together, as far as they have a price"`
	Unpriced  int               `json:"unpriced,omitempty" doc:"how many of them have no price yet"`
	Sample    []campaign.Record `json:"sample" doc:"ten of them at most"`
	LeftOut   int               `json:"left_out,omitempty" doc:"how many others the filter finds, which the action would refuse"`
	Problems  []Untouched       `json:"problems,omitempty" doc:"why, of ten of these at most"`
}

// Untouched is a campaign that was not touched.
type Untouched struct {
	ID     string `json:"id"`
	Effect Effect `json:"result" enum:"left_out,skipped,failed"`
	Detail string `json:"detail"`
}

// Effect is what became of one campaign.
type Effect string

// The effects. Only done has touched the campaign.
const (
	Done    Effect = "done"
	Skipped Effect = "skipped"  // it has changed since the plan was made
	Failed  Effect = "failed"   // the act was refused, although nothing has changed
	LeftOut Effect = "left_out" // it is in no plan, since the act would be refused
)

// shown is how many campaigns a plan shows of each kind.
const shown = 10

// Plan finds what an order would touch, and keeps that for an hour. It fails with
// campaign.ErrInvalid for an order that cannot be, and with a TooManyError beyond
// MaxCampaigns. It takes as long as it takes to look at what the filter finds.
func (a *Actions) Plan(ctx context.Context, o Order) (Preview, error) {
	o, err := o.checked()
	if err != nil {
		return Preview{}, err
	}
	fits, err := a.fitness(ctx, o)
	if err != nil {
		return Preview{}, err
	}
	d := &planning{order: o, fits: fits, plan: Preview{ID: newID(o.Filter.Account), Verb: o.Verb, Account: o.Filter.Account, Sample: []campaign.Record{}}}
	if err := a.collect(ctx, d); err != nil {
		ctx, cancel := afterwards(ctx)
		defer cancel()
		_ = a.store.drop(ctx, d.plan.ID) // it expires by itself, too
		return Preview{}, err
	}
	return d.plan, a.store.keepPlan(ctx, d.plan, o.Reason)
}

// planning is a plan in the making.
type planning struct {
	order Order
	fits  fitness
	plan  Preview
}

// pageOfPlan is how many campaigns are read, and kept, at once.
const pageOfPlan = 500

// collect walks through what the filter finds.
func (a *Actions) collect(ctx context.Context, d *planning) error {
	const within = time.Second // then it is looked whether anybody still wants it
	f := d.order.Filter
	f.Limit, f.Within = pageOfPlan, within
	for {
		page, err := a.client.List(ctx, f)
		if err != nil {
			return err
		}
		found := d.take(page.Records)
		if d.plan.Campaigns > a.most {
			return &TooManyError{Account: d.plan.Account, Most: a.most}
		}
		if err := a.store.addItems(ctx, d.plan.ID, found); err != nil {
			return err
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return nil
		}
	}
}

// take adds the campaigns that the act would not refuse.
func (d *planning) take(records []campaign.Record) []planned {
	var found []planned
	for _, r := range records {
		if err := d.fits(r); err != nil {
			d.leaveOut(r, err)
			continue
		}
		found = append(found, plannedOf(r))
		p := &d.plan
		p.Campaigns++
		if r.Priced() {
			p.Contacts += r.Contacts
			p.Cost += r.Cost
		} else {
			p.Unpriced++
		}
		if len(p.Sample) < shown {
			p.Sample = append(p.Sample, r)
		}
	}
	return found
}

func (d *planning) leaveOut(r campaign.Record, why error) {
	d.plan.LeftOut++
	if len(d.plan.Problems) < shown {
		d.plan.Problems = append(d.plan.Problems, Untouched{ID: r.ID(), Effect: LeftOut, Detail: clipped(why.Error())})
	}
}

// TooManyError says that a filter finds more campaigns than a plan may have.
type TooManyError struct {
	Account string
	Most    int
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d campaigns of account %s fit: ask for fewer at once, by since and until for instance", e.Most, e.Account)
}

// fitness says why an act would refuse a campaign, nil where it would not.
type fitness func(campaign.Record) error

// fitness asks the rules of the single acts, on what is known now. The act asks them
// once more.
func (a *Actions) fitness(ctx context.Context, o Order) (fitness, error) {
	if o.Verb != Replay {
		return func(r campaign.Record) error { return fitting(o, r) }, nil
	}
	operator, err := a.operator(planner)
	if err != nil {
		return nil, err
	}
	refuses, err := operator.RefusesReplay(ctx, o.Filter.Account)
	return func(r campaign.Record) error {
		if why := refuses(r); why != "" {
			return errors.New(why)
		}
		return nil
	}, err
}

// planner stands for the actor to come, while rules are asked.
const planner = "plan"
