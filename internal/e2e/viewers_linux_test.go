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

// viewerPause is how long the console's script waits at least between two loads of a page.
const viewerPause = 15 * time.Second

// viewer does what the console's script does: it follows the events, again whenever the
// stream ends, and loads the overview with the first, and then with those that came
// together.
func (m *measuredWeb) viewer(ctx context.Context) error {
	events := make(chan struct{}, 1)
	go func() {
		defer close(events)
		for ctx.Err() == nil {
			m.follow(ctx, events)
		}
	}()
	for range events {
		if err := m.load(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(viewerPause):
		}
	}
	return nil
}

// follow passes on that there are events, until the stream ends.
func (m *measuredWeb) follow(ctx context.Context, events chan<- struct{}) {
	stream, err := m.request(ctx, "/v1/events?after=now", "text/event-stream")
	if err != nil {
		return
	}
	defer func() { _ = stream.Body.Close() }()
	for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "event: ") {
			select {
			case events <- struct{}{}:
			default:
			}
		}
	}
}

// load loads the overview.
func (m *measuredWeb) load(ctx context.Context) error {
	page, err := m.request(ctx, "/", "text/html")
	if err != nil {
		return err
	}
	m.loads.Add(1)
	return page.Body.Close()
}

func (m *measuredWeb) request(ctx context.Context, path, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	return http.DefaultClient.Do(req)
}

// measuredWeb is an octoq web whose processor time is measured.
type measuredWeb struct {
	*rig
	process *process
	url     string
	span    time.Duration // of each measurement
	loads   atomic.Int64  // of the page, by viewers
}

// share is which part of a core octoq web takes.
func (m *measuredWeb) share() float64 {
	before, began := m.process.processorSeconds(), time.Now()
	<-time.After(m.span)
	return (m.process.processorSeconds() - before) / time.Since(began).Seconds()
}

// busy is share while 20 campaigns a second are sent.
func (m *measuredWeb) busy(name string) float64 {
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
				m.enqueue(campaigns(fmt.Sprintf("%s%d-", name, i), 20, ""))
			}
		}
	})
	defer func() { close(stop); sending.Wait() }()
	return m.share()
}

// watch has viewers watch until it is called.
func (m *measuredWeb) watch(viewers int) (leave func()) {
	ctx, cancel := context.WithCancel(m.t.Context())
	var watching sync.WaitGroup
	for range viewers {
		watching.Go(func() {
			if err := m.viewer(ctx); err != nil && ctx.Err() == nil {
				m.t.Error(err)
			}
		})
	}
	return func() { cancel(); watching.Wait() }
}

// Fifty who watch the overview cost an octoq web on which nothing happens next to nothing,
// and one of a busy server little. OCTOQ_VIEWERS says for how many seconds each is measured.
func TestViewersCostLittle(t *testing.T) {
	t.Parallel()
	const viewers = 50
	r := newRig(t, simulator.Config{Contacts: 20, PricePerContact: 0.05})
	r.fast()
	r.enqueue(campaigns("first", 1, ""))
	r.worker()
	r.await(30*time.Second, "first0", campaign.StateSent)
	m := &measuredWeb{rig: r, span: time.Duration(number(t, "OCTOQ_VIEWERS", 5)) * time.Second}
	web, pages := r.webProcess()
	m.process, m.url = web, pages.url
	alone := m.busy("a")
	defer m.watch(viewers)()
	r.until(time.Minute, "nothing happens any more", func() (bool, string) {
		loads := m.loads.Load()
		<-time.After(viewerPause + time.Second) // what came together is loaded by then
		return m.loads.Load() == loads, fmt.Sprint(r.list())
	})
	idle, before := m.share(), m.loads.Load()
	watched := m.busy("w")
	r.until(time.Minute, "each viewer has seen something", func() (bool, string) {
		n := m.loads.Load() - before
		return n >= viewers, fmt.Sprint(n)
	})
	t.Logf("octoq web of 20 campaigns a second: %.1f %% of a core alone, %.1f %% with %d viewers; %.1f %% with them while nothing happens", 100*alone, 100*watched, viewers, 100*idle)
	const little, nothing = 0.15, 0.02 // a machine with others on it may double what is measured
	if watched-alone > little || idle > nothing {
		t.Errorf("50 viewers cost %.1f %% of a core of a busy server and %.1f %% of an idle one, want %.0f %% and %.0f %% at most", 100*(watched-alone), 100*idle, 100*little, 100*nothing)
	}
}
