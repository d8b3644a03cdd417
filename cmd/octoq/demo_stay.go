package main

import (
	"bytes"
	"context"
	_ "embed" // the campaigns of a demo that stays
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/action"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/resultstore"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/web"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// demoShop is the demo's second account, which is on hold.
const demoShop = "shop-es"

//go:embed demo_stay.jsonl
var demoStayCampaigns []byte

// stay serves the console until the process is asked to stop, over campaigns in all
// states, some of which go on coming.
func (d *demo) stay(ctx context.Context, listener net.Listener) error {
	rdb := redis.NewClient(&redis.Options{Addr: d.redis.Addr(), ContextTimeoutEnabled: true})
	defer func() { _ = rdb.Close() }()
	cfg, err := web.Over(rdb, versionText())
	if err != nil {
		return err
	}
	endpoints, actions, err := demoAPI(rdb, d.client)
	if err != nil {
		return err
	}
	cfg.API = endpoints
	if cfg.Pages, err = newConsole(endpoints); err != nil {
		return err
	}
	server, err := web.New(cfg)
	if err != nil {
		return err
	}
	relay := hub.NewRelay(rdb, "demo", hub.DefaultKeep)
	if err := d.furnish(ctx, rdb); err != nil {
		return err
	}
	quiet := func(error) {} // the demo's Redis ends with the demo
	defer runBeside(ctx, func(ctx context.Context) { relay.Run(ctx, quiet) })()
	defer runBeside(ctx, func(ctx context.Context) { actions.Run(ctx, quiet) })()
	defer runBeside(ctx, d.goOn)()
	_, _ = fmt.Fprintf(d.out, "\nStaying: pages at http://%s/, Redis at %s. Ctrl-C ends it.\n", listener.Addr(), d.redis.Addr())
	return server.Run(ctx, listener)
}

// demoAPI is the API over the demo's Redis, whose pages answer this machine alone.
func demoAPI(rdb redis.UniversalClient, client *enqueue.Client) (http.Handler, *action.Actions, error) {
	operator := func(who string) (*admin.Service, error) { return admin.New(rdb, who, 0) }
	actions, err := action.New(action.Config{Redis: rdb, Client: client, Operator: operator})
	if err != nil {
		return nil, nil, err
	}
	guard, err := webhook.NewAddressGuard("")
	if err != nil {
		return nil, nil, err
	}
	endpoints, err := api.New(api.Config{
		Client: client, Operator: operator, Actions: actions, Caller: web.Caller, Events: hub.NewReader(rdb), Reports: resultstore.New(rdb, resultstore.Options{}), Version: versionText(),
		OnError:  func(error) {},
		People:   &api.People{Store: accessstore.New(rdb, "demo", durability.Target{}), Passwords: access.NewPasswords(), Changed: func() {}},
		Webhooks: &api.Webhooks{Store: webhookstore.New(rdb, hub.DefaultKeep), Client: webhook.NewClient(guard, webhook.ClientOptions{}), Guard: guard},
	})
	return endpoints, actions, err
}

// demoBudget is nearly used by one of the two campaigns of its team, and too small for both.
func demoBudget() budget.Budget {
	return budget.Budget{Name: "outdoor", Label: "team=outdoor", Per: budget.PerMonth, Amount: 25 * campaign.Euro, Zone: "Europe/Paris"}
}

// furnish adds campaigns that wait for a person, a budget, a schedule, and an account on
// hold.
func (d *demo) furnish(ctx context.Context, rdb redis.UniversalClient) error {
	desk, err := admin.New(rdb, "demo", 0)
	if err != nil {
		return err
	}
	if err := desk.SetHold(ctx, demoShop, "The price list of December is not final yet."); err != nil {
		return err
	}
	if _, _, err := desk.SetBudget(ctx, campaign.DefaultAccount, demoBudget()); err != nil {
		return err
	}
	for item := range enqueue.JSONLines(bytes.NewReader(demoStayCampaigns)) {
		if item.Err != nil {
			return item.Err
		}
		if _, err := d.client.Enqueue(ctx, item.Campaign); err != nil {
			return err
		}
	}
	template, err := json.Marshal(campaign.Campaign{
		ID: "monday-{{tick}}", ListName: "customers-fr", Text: "News of the week. STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	})
	if err != nil {
		return err
	}
	_, _, err = desk.SetSchedule(ctx, schedule.Schedule{
		Name: "monday-news", Account: campaign.DefaultAccount, Cron: "0 9 * * 1", Zone: "Europe/Paris", Missed: schedule.MissedSkip,
		Template: template, CreatedAt: time.Now().UTC().Truncate(time.Second), CreatedBy: "demo",
	}, "", false)
	return err
}

// goOn enqueues one campaign after the other, for an hour: there is something to follow.
func (d *demo) goOn(ctx context.Context) {
	const every, most = 4 * time.Second, 900
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range most {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c := campaign.Campaign{
			ID: fmt.Sprintf("parcel-%04d", i+1), TagName: "orders-today", Text: "Hello {first_name}, your parcel arrives today.",
			Type: campaign.TypePremium, Purpose: campaign.PurposeAlert, Sender: "CompanyX", Labels: map[string]string{"source": "orders"},
		}
		if _, err := d.client.Enqueue(ctx, c); err != nil && !errors.Is(err, campaign.ErrDuplicate) {
			return // its Redis has gone
		}
	}
}
