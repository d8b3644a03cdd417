package e2e

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// monthReport is `octoq report --json`, decoded into what it promises.
type monthReport struct {
	Account string `json:"account"`
	Total   struct {
		Sent      reportSum `json:"sent"`
		Unknown   reportSum `json:"unknown"`
		Dead      int       `json:"dead"`
		Cancelled int       `json:"cancelled"`
	} `json:"total"`
	Groups []struct {
		Kind  string    `json:"kind"`
		Value string    `json:"value"`
		Sent  reportSum `json:"sent"`
	} `json:"groups"`
}

type reportSum struct {
	Campaigns int            `json:"campaigns"`
	Contacts  int            `json:"contacts"`
	Cost      campaign.Money `json:"cost"`
}

func (r *rig) report(more ...string) monthReport {
	r.t.Helper()
	o := r.must(0, append([]string{"report", "--json"}, more...)...)
	var got monthReport
	if err := json.Unmarshal([]byte(o.out), &got); err != nil {
		r.t.Fatalf("report: %v in %q", err, o.out)
	}
	return got
}

// bill is what the API has charged: the tickets that it sent.
func (r *rig) bill() reportSum {
	var sum reportSum
	for _, t := range r.sim.Tickets() {
		for range t.Sends {
			sum.Campaigns++
			sum.Contacts += t.Contacts
			sum.Cost += campaign.Money(math.Round(t.Cost * float64(campaign.Euro)))
		}
	}
	return sum
}

// What a month has cost is the API's own bill to the cent, through answers that are lost,
// workers that die, letters that are replayed, and when no campaign is remembered any more.
func TestAMonthCostsWhatTheAPICharges(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.rule(simulator.Rule{Call: simulator.CallSend, Fault: simulator.Fault500, CarryOut: true, Times: 5})
	refused := r.rule(simulator.Rule{Call: simulator.CallSend, ListName: "refused", Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 202})
	r.enqueue(campaigns("a", 10, `,"labels":{"shop":"paris"}`) + campaigns("b", 7, `,"labels":{"shop":"nice"}`) + toList("refused", ""))
	r.enqueue(toList("waits", `,"confirm":"manual"`))
	w := r.known()
	r.until(30*time.Second, "some are sent", func() (bool, string) { return r.bill().Campaigns > 3, "" })
	w.kill()
	r.worker()
	r.await(60*time.Second, "refused", campaign.StateDead)
	r.await(60*time.Second, "waits", campaign.StateAwaitingApproval)
	if got := r.report(); got.Total.Dead != 1 {
		t.Errorf("before the replay: got %+v, want one that is dead", got.Total)
	}
	refused()
	r.must(0, "cancel", "waits", "--wait", "30s")
	r.must(0, "dead", "replay", "refused")
	r.until(90*time.Second, "all have ended", func() (bool, string) {
		states := r.list()
		return states[campaign.StateSent] == 18 && states[campaign.StateCancelled] == 1, ""
	})

	bill := r.bill()
	r.comparesWith(bill, "while they are remembered")
	r.forgetAll()
	r.comparesWith(bill, "after the retention")
	shops := r.report("--by", "label.shop")
	if len(shops.Groups) != 3 || shops.Groups[0].Value != "paris" || shops.Groups[0].Sent.Campaigns != 10 || shops.Groups[1].Value != "nice" || shops.Groups[2].Kind != "none" {
		t.Errorf("by shop: got %+v, want ten of paris, those of nice, and what has no shop", shops.Groups)
	}
	r.reportForms(bill)
}

// comparesWith compares the month in two zones with the bill.
func (r *rig) comparesWith(bill reportSum, when string) {
	r.t.Helper()
	for _, zone := range []string{"UTC", "Europe/Paris"} {
		got := r.report("--zone", zone)
		if got.Total.Sent != bill || got.Total.Unknown != (reportSum{}) || got.Total.Dead != 0 || got.Total.Cancelled != 1 {
			r.t.Errorf("%s, in %s: got %+v, want %+v sent, one cancelled, none dead or unknown", when, zone, got.Total, bill)
		}
	}
}

// forgetAll lets all records go, as the retention does.
func (r *rig) forgetAll() {
	r.t.Helper()
	rdb, ctx := r.redis.Client(), r.t.Context()
	for _, record := range rdb.Keys(ctx, "octoq:{default}:c:*").Val() {
		if left := rdb.PTTL(ctx, record).Val(); left < 0 {
			r.t.Errorf("%s is kept for good", record)
		}
		if err := rdb.Del(ctx, record).Err(); err != nil {
			r.t.Fatal(err)
		}
	}
	if left := r.list(); len(left) != 0 {
		r.t.Fatalf("still remembered: %v", left)
	}
}

// reportForms compares what the other forms of a report say.
func (r *rig) reportForms(bill reportSum) {
	r.t.Helper()
	cost, _ := bill.Cost.MarshalText()
	if csv := r.must(0, "report", "--csv", "--all").out; !strings.Contains(csv, ","+string(cost)+",0,0,0,0,1,0\n") {
		r.t.Errorf("CSV: got %q, want the cost %s", csv, cost)
	}
	if table := r.must(0, "report", "--by", "list").out; !strings.Contains(table, bill.Cost.String()) || !strings.Contains(table, "refused") {
		r.t.Errorf("table: got %q, want the cost %s, and the list refused", table, bill.Cost)
	}
	for _, wrong := range [][]string{{"--month", "2026-13"}, {"--zone", "Local"}, {"--by", "shop"}, {"--csv", "--json"}, {"--all", "--account", "a"}} {
		r.must(2, append([]string{"report"}, wrong...)...)
	}
	pages := r.start("web", "--web-listen", "127.0.0.1:0")
	url := r.says(pages, `pages at (http://[^/\s]+)`)
	for _, per := range []string{"minute", "hour", "day"} {
		status, body := r.page(url+"/v1/accounts/default/stats?per="+per, "", "")
		var got monthReport
		if err := json.Unmarshal([]byte(body), &got); status != http.StatusOK || err != nil || got.Total.Sent != bill {
			r.t.Errorf("stats per %s: got %d %s, want %+v sent", per, status, body, bill)
		}
	}
}
