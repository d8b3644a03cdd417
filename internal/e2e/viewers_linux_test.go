package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// processorSeconds is what a process has used so far.
func (p *process) processorSeconds() float64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		p.t.Fatal(err)
	}
	const userTime, systemTime, ticksPerSecond = 11, 12, 100 // behind the name, which may hold blanks
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	var ticks float64
	for _, i := range []int{userTime, systemTime} {
		n, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			p.t.Fatal(err)
		}
		ticks += n
	}
	return ticks / ticksPerSecond
}

// viewer does what the console's script does: it follows the events and loads the overview
// with the first, and those that follow together, every ten seconds at most.
func viewer(ctx context.Context, url string, loads *atomic.Int64) error {
	const pause = 10 * time.Second
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/events?after=now", http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Body.Close() }()
	events := make(chan struct{}, 1)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "event: ") {
				select {
				case events <- struct{}{}:
				default:
				}
			}
		}
	}()
	for range events {
		page, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/", http.NoBody)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(page); err == nil {
			_ = answer.Body.Close()
			loads.Add(1)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// Fifty who watch the overview cost an octoq web on which nothing happens next to nothing,
// and one of a busy server little. OCTOQ_VIEWERS says for how many seconds each is measured.
func TestViewersCostLittle(t *testing.T) {
	t.Parallel()
	seconds := number(t, "OCTOQ_VIEWERS", 5)
	r := newRig(t, simulator.Config{Contacts: 20, PricePerContact: 0.05})
	r.fast()
	r.enqueue(campaigns("first", 1, ""))
	r.worker()
	r.await(30*time.Second, "first0", campaign.StateSent)
	web, pages := r.webProcess()
	share := func() float64 {
		before, began := web.processorSeconds(), time.Now()
		<-time.After(time.Duration(seconds) * time.Second)
		return (web.processorSeconds() - before) / time.Since(began).Seconds()
	}
	busy := func(name string) float64 {
		stop := make(chan struct{})
		var sending sync.WaitGroup
		sending.Go(func() {
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-tick.C:
					r.enqueue(campaigns(fmt.Sprintf("%s%d-", name, i), 20, ""))
				}
			}
		})
		defer func() { close(stop); sending.Wait() }()
		return share()
	}
	alone := busy("a")
	ctx, leave := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	var loads atomic.Int64
	const viewers = 50
	for range viewers {
		watching.Go(func() {
			if err := viewer(ctx, pages.url, &loads); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	defer func() { leave(); watching.Wait() }()
	r.until(30*time.Second, "nothing happens any more", func() (bool, string) {
		before := loads.Load()
		<-time.After(11 * time.Second)
		return loads.Load() == before, fmt.Sprint(loads.Load())
	})
	idle := share()
	before := loads.Load()
	watched := busy("w")
	if loads.Load()-before < viewers {
		t.Errorf("got %d loads of the page, want one of each viewer at least", loads.Load()-before)
	}
	t.Logf("octoq web of 20 campaigns a second: %.1f %% of a core alone, %.1f %% with %d viewers, who loaded the overview %d times; %.1f %% with them while nothing happens",
		100*alone, 100*watched, viewers, loads.Load()-before, 100*idle)
	const little, nothing = 0.15, 0.02 // a race detector, and a machine with others on it, may double what is measured
	if watched-alone > little || idle > nothing {
		t.Errorf("50 viewers cost %.1f %% of a core of a busy server and %.1f %% of an idle one, want %.0f %% and %.0f %% at most", 100*(watched-alone), 100*idle, 100*little, 100*nothing)
	}
}
