package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/bench"
)

const (
	// scrapes is how many scrapes count, and scrapedEvery the pause between them that
	// Prometheus makes in most set-ups.
	scrapes      = 5
	scrapedEvery = 15 * time.Second
	// pageOpen is how long asynq's page is open, and pageAsks the pause after which it asks
	// for its queues again.
	pageOpen = 10 * time.Second
	pageAsks = 8 * time.Second
)

// watching is row 10: what it costs to look at a worker's accounts from octoq web.
func (b *bencher) watching(ctx context.Context) (sections []bench.Section, err error) {
	program, err := b.octoq(ctx)
	if err != nil {
		return nil, err
	}
	err = b.withRedis(ctx, true, func(p *bench.Place) error {
		api, err := bench.NewAPI(ctx, 0, nil)
		if err != nil {
			return err
		}
		defer api.Close()
		worker, err := b.workerOf(p.URL, api.URL, program, idleAccounts)
		if err != nil {
			return err
		}
		defer worker.Kill()
		if err := sendOfEach(ctx, p, idleAccounts); err != nil {
			return err
		}
		pause(ctx, settles) // the accounts sleep by then
		return b.withWeb(ctx, p.URL, func(url string) error {
			f := watchFigures()
			if err := f.watch(ctx, p, url); err != nil {
				return err
			}
			sections = []bench.Section{{
				Key: "10", Title: "A look at many accounts",
				Setup: fmt.Sprintf("One worker process of %d accounts, of each of which a campaign was sent, and which have nothing to do now; octoq web beside it. /metrics is read each %v, "+
					"and then asynq's start page, as a browser does that shows it for %v. Commands are all that Redis carries out meanwhile, the worker's included.", idleAccounts, scrapedEvery, pageOpen),
				Figures: f.all(),
			}}
			return b.note(ctx, p, withFile, sections)
		})
	})
	return sections, err
}

// sendOfEach has a campaign of each account sent.
func sendOfEach(ctx context.Context, p *bench.Place, accounts int) error {
	client, err := enqueue.New(enqueue.Config{RedisURL: p.URL})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	for i := range accounts {
		if _, err := client.Enqueue(ctx, bench.Campaign(accountName(i), i)); err != nil {
			return err
		}
	}
	return allAre(ctx, p, accounts, campaign.StateSent)
}

// watchingFigures are those of row 10.
type watchingFigures struct{ scrape, span, first, page bench.Figure }

func watchFigures() *watchingFigures {
	return &watchingFigures{
		scrape: bench.Figure{Name: "a scrape of /metrics: Redis commands", Reach: bench.Reach{AtMost: 2000}},
		span:   bench.Figure{Name: "the same", Unit: "ms", Reach: bench.Reach{AtMost: 100}},
		first:  bench.Figure{Name: "the first scrape: Redis commands"},
		page:   bench.Figure{Name: "asynq's start page open: Redis commands", Reach: bench.Reach{AtMost: 10_000}},
	}
}

func (f *watchingFigures) all() []bench.Figure {
	return []bench.Figure{f.scrape, f.span, f.first, f.page}
}

// watch looks.
func (f *watchingFigures) watch(ctx context.Context, p *bench.Place, url string) error {
	for n := range scrapes + 1 {
		began := time.Now()
		commands, err := during(ctx, p, func() error {
			text, err := read(ctx, url+"/metrics")
			if err == nil && !(strings.Contains(text, "\noctoq_scrape_ok 1\n") && strings.Contains(text, `octoq_campaigns{account="`+accountName(idleAccounts-1)+`",state="sent"} 1`)) {
				err = errors.New("a scrape does not show all accounts")
			}
			return err
		})
		if err != nil {
			return err
		}
		if n == 0 {
			f.first.Values = []float64{commands}
		} else {
			f.scrape.Values = append(f.scrape.Values, commands)
			f.span.Values = append(f.span.Values, float64(time.Since(began).Microseconds())/1000)
		}
		pause(ctx, scrapedEvery)
	}
	commands, err := during(ctx, p, func() error {
		end := time.Now().Add(pageOpen)
		for _, path := range []string{"", "/api/queues", "/api/queue_stats"} {
			if _, err := read(ctx, url+"/monitoring"+path); err != nil {
				return err
			}
		}
		pause(ctx, pageAsks)
		_, err := read(ctx, url+"/monitoring/api/queues")
		pause(ctx, time.Until(end))
		return err
	})
	f.page.Values = []float64{commands}
	return err
}

// during is how many commands Redis carries out while something is done.
func during(ctx context.Context, p *bench.Place, do func() error) (float64, error) {
	before, err := p.Commands(ctx)
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := p.Commands(ctx)
	return float64(after - before), err
}

// read gets a page.
func read(ctx context.Context, url string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: HTTP %d", url, answer.StatusCode)
	}
	return string(text), err
}
