package metrics

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Source reads how things stand. State asks it with each scrape, from one
// goroutine per scrape.
type Source interface {
	// Accounts lists the accounts, sorted.
	Accounts(ctx context.Context) ([]string, error)
	// Workers counts the workers that serve each of some accounts.
	Workers(ctx context.Context, accounts []string) (map[string]int, error)
	// Quiet returns how those of some accounts stand that have nothing to do, as far as it
	// is known without a look at each. Of their queues there is nothing to say.
	Quiet(ctx context.Context, accounts []string) (map[string]Standing, error)
	// Look reads how one account stands.
	Look(ctx context.Context, account string) (Standing, error)
}

// Standing is how one account stands.
type Standing struct {
	// Campaigns counts the campaigns that a worker has touched.
	Campaigns map[campaign.State]int64
	// Queues counts the tasks of each stage.
	Queues map[campaign.Stage]Queue
	// Hold is nil when the account is not stopped.
	Hold *record.Hold
	// Budgets are those of the account; Balance is its credit when a worker last asked,
	// nil where none has yet.
	Budgets []BudgetGauge
	Balance *campaign.Money
	// MaxInFlight is how many calls may be under way at once; 0 is no limit. It is asked
	// for where NeedsLimit says so.
	MaxInFlight int
}

// BudgetGauge is how a budget stands in its period. Of one whose amount is for each value of a
// label it is the value that has spent most: values are not bounded, and no labels.
type BudgetGauge struct {
	Name                   string
	Amount, Used, Reserved campaign.Money
}

// Queue is one queue of an account.
type Queue struct {
	Pending, Active, Scheduled, Retry, Archived int64
	// Oldest is how long the task has been due that is due longest and in no
	// worker's hand; 0 for none.
	Oldest time.Duration
	// Paused is true however it was paused.
	Paused bool
}

const (
	// scrapeTimeout bounds one scrape, well below the ten seconds that
	// Prometheus waits by default, and below what a server waits for when it
	// stops.
	scrapeTimeout = 4 * time.Second
	// maxAccounts bounds what one scrape asks and answers: about 40 series and
	// half a dozen round trips to Redis for an account that has something to do.
	maxAccounts = 500
)

// State reports with each scrape how campaigns, queues and holds stand. What cannot
// be read is left out, and octoq_scrape_ok is 0. It is the same whichever process
// reports it, so one of them is enough.
type State struct {
	source  Source
	timeout time.Duration
	limit   int

	campaigns, tasks, oldest, paused, hold, workers, wanted, left, ok *prometheus.Desc
	amount, used, reserved, balance                                   *prometheus.Desc
}

// NewState makes the collector of a source. Register it once in a process.
func NewState(source Source) *State {
	return &State{
		source: source, timeout: scrapeTimeout, limit: maxAccounts,
		campaigns: desc("octoq_campaigns", "Campaigns by state. Those that no worker has touched yet are tasks of the stage create instead. Where there are more than 100 accounts, one that has nothing to do has no series that would be 0, and none of its queues.", "account", "state"),
		tasks:     desc("octoq_queue_tasks", "Tasks in the queues, by where they stand in them. Those of the stage dead are dead letters.", "account", "stage", "kind"),
		oldest:    desc("octoq_oldest_seconds", "Age of the task that has been due longest and that no worker has taken yet; 0 for none.", "account", "stage"),
		workers:   desc("octoq_workers", "Worker processes that serve the account. One that was killed counts for up to a minute.", "account"),
		wanted:    desc("octoq_workers_wanted", "Worker processes that would have something to do now, by the account that needs most; absent when not everything could be read."),
		paused:    desc("octoq_queue_paused", "1 for a queue that is paused, by a hold or by hand.", "account", "stage"),
		hold:      desc("octoq_hold", "1 for an account that is on hold; absent for the others.", "account", "reason", "phase", "code"),
		amount:    desc("octoq_budget_amount", "Euros that campaigns may cost in a period of the budget.", "account", "budget"),
		used:      desc("octoq_budget_used", "Euros that campaigns have cost in the present period; where each value of a label has the amount, those of the one that has spent most.", "account", "budget"),
		reserved:  desc("octoq_budget_reserved", "Euros that campaigns may cost whose confirm is under way or was not answered, of the same value.", "account", "budget"),
		balance:   desc("octoq_balance", "Euros of credit at Octopush when a worker last asked; absent where none has.", "account"),
		left:      desc("octoq_scrape_accounts_left_out", "Accounts with something to do beyond those that one scrape looks at."),
		ok:        desc("octoq_scrape_ok", "1 if everything could be read from Redis, else 0: what is missing was not read."),
	}
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe is part of prometheus.Collector.
func (s *State) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.campaigns, s.tasks, s.oldest, s.paused, s.hold, s.workers, s.wanted, s.left, s.ok, s.amount, s.used, s.reserved, s.balance} {
		ch <- d
	}
}

// Collect is part of prometheus.Collector. The interface hands no context in,
// so a scrape that its client gives up runs on until its own timeout.
func (s *State) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	gauge(ch, s.ok, flag(s.collect(ctx, ch)))
}

// collect reports whether everything could be read. One account that cannot be
// read does not hide the next.
func (s *State) collect(ctx context.Context, ch chan<- prometheus.Metric) bool {
	accounts, err := s.source.Accounts(ctx)
	if err != nil {
		return false
	}
	quiet, err := s.source.Quiet(ctx, accounts)
	ok := err == nil
	workers, err := s.source.Workers(ctx, accounts)
	ok = ok && err == nil
	var busy []string
	for _, account := range accounts {
		if workers != nil {
			gauge(ch, s.workers, float64(workers[account]), account)
		}
		if standing, is := quiet[account]; is {
			s.collectQuiet(ch, account, standing)
		} else {
			busy = append(busy, account)
		}
	}
	seen := min(len(busy), s.limit)
	gauge(ch, s.left, float64(len(busy)-seen))
	wanted, err := s.collectBusy(ctx, ch, busy[:seen])
	if ok = ok && err == nil; ok {
		gauge(ch, s.wanted, float64(wanted))
	}
	return ok
}

// collectQuiet reports what is not 0 of an account that has nothing to do.
func (s *State) collectQuiet(ch chan<- prometheus.Metric, account string, st Standing) {
	for _, state := range campaign.States() {
		if n := st.Campaigns[state]; n > 0 {
			gauge(ch, s.campaigns, float64(n), account, string(state))
		}
	}
	s.collectMoney(ch, account, st)
}

// collectBusy looks at each of some accounts, and returns how many workers the one wants that
// wants most.
func (s *State) collectBusy(ctx context.Context, ch chan<- prometheus.Metric, accounts []string) (wanted int64, err error) {
	for _, account := range accounts {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		standing, fault := s.source.Look(ctx, account)
		if fault != nil {
			err = fault
			continue
		}
		s.collectAccount(ch, account, standing)
		wanted = max(wanted, standing.wanted())
	}
	return wanted, err
}

func (s *State) collectAccount(ch chan<- prometheus.Metric, account string, st Standing) {
	for _, state := range campaign.States() {
		gauge(ch, s.campaigns, float64(st.Campaigns[state]), account, string(state))
	}
	for _, stage := range record.Stages() {
		q := st.Queues[stage]
		for _, k := range q.kinds() {
			gauge(ch, s.tasks, float64(k.tasks), account, string(stage), k.name)
		}
		gauge(ch, s.oldest, q.Oldest.Seconds(), account, string(stage))
		gauge(ch, s.paused, flag(q.Paused), account, string(stage))
	}
	if h := st.Hold; h != nil {
		gauge(ch, s.hold, 1, account, string(h.Reason), string(h.Phase), strconv.Itoa(h.Code))
	}
	s.collectMoney(ch, account, st)
}

func (s *State) collectMoney(ch chan<- prometheus.Metric, account string, st Standing) {
	for _, b := range st.Budgets {
		gauge(ch, s.amount, euros(b.Amount), account, b.Name)
		gauge(ch, s.used, euros(b.Used), account, b.Name)
		gauge(ch, s.reserved, euros(b.Reserved), account, b.Name)
	}
	if st.Balance != nil {
		gauge(ch, s.balance, euros(*st.Balance), account)
	}
}

func euros(m campaign.Money) float64 { return float64(m) / float64(campaign.Euro) }

type taskCount struct {
	name  string
	tasks int64
}

func (q Queue) kinds() []taskCount {
	return []taskCount{
		{"pending", q.Pending},
		{"active", q.Active},
		{"scheduled", q.Scheduled},
		{"retry", q.Retry},
		{"archived", q.Archived},
	}
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	m, err := prometheus.NewConstMetric(d, prometheus.GaugeValue, v, labels...)
	if err != nil { // a label that is no UTF-8
		m = prometheus.NewInvalidMetric(d, err)
	}
	ch <- m
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
