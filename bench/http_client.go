package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/proctest"
)

// withWeb runs an octoq web while do is at it.
func (b *bencher) withWeb(ctx context.Context, redisURL string, do func(url string) error) error {
	program, err := b.octoq(ctx)
	if err != nil {
		return err
	}
	p, err := proctest.Start(filepath.Join(b.dir, "web.log"), append(os.Environ(), "OCTOQ_REDIS_URL="+redisURL), program, "web", "--web-listen", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer p.Kill()
	says := regexp.MustCompile(`pages at (http://[^/\s]+)`)
	ctxStart, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		if found := says.FindStringSubmatch(p.Log()); found != nil {
			return errors.Join(do(found[1]), end([]*proctest.Process{p}))
		}
		select {
		case <-p.Done:
			return fmt.Errorf("octoq web ended at once: %s", p.Log())
		case <-ctxStart.Done():
			return fmt.Errorf("octoq web does not start: %s", p.Log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

const campaignsPath = "/v1/accounts/" + account + "/campaigns/"

// jsonLines are the first n campaigns as the body of a bulk request.
func jsonLines(n int) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for c := range bench.Campaigns(account, 0, n, time.Time{}) {
		if err := e.Encode(c); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// bulk enqueues n campaigns by one request, and reads the result of each.
func bulk(ctx context.Context, url string, body []byte, n int) error {
	resp, err := request(ctx, http.DefaultClient, http.MethodPost, url+campaignsPath+"bulk", "application/x-ndjson", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	read := 0
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); read++ {
		if read == n {
			if want := fmt.Sprintf(`{"summary":{"created":%d,"known":0,"conflicts":0,"invalid":0,"failed":0`, n); !bytes.HasPrefix(lines.Bytes(), []byte(want)) {
				return fmt.Errorf("got the summary %s", lines.Text())
			}
			return nil
		}
	}
	return fmt.Errorf("got %d of %d results, and no summary", read, n)
}

func request(ctx context.Context, client *http.Client, method, url, kind string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	return client.Do(r)
}

// putAll enqueues the first n campaigns one by one over all connections, so many a second
// (0 without a pause), and returns how long each took, in milliseconds. A paced one begins
// when it is due: one that has to wait for a connection is late.
func putAll(ctx context.Context, url string, n, rate int) ([]float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	type due struct {
		i  int
		at time.Time
	}
	work, spans, errs := make(chan due), make([]float64, n), make(chan error, connections)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for d := range work {
				if rate == 0 {
					d.at = time.Now()
				}
				if err := putOne(ctx, client, url, d.i); err != nil {
					errs <- err
					cancel()
					return
				}
				spans[d.i] = milliseconds(time.Since(d.at))
			}
		})
	}
	began := time.Now()
	for i := 0; i < n && ctx.Err() == nil; i++ {
		at := began
		if rate > 0 {
			at = began.Add(time.Duration(i) * time.Second / time.Duration(rate))
			select {
			case <-time.After(time.Until(at)):
			case <-ctx.Done():
			}
		}
		select {
		case work <- due{i, at}:
		case <-ctx.Done():
		}
	}
	close(work)
	all.Wait()
	select {
	case err := <-errs:
		return nil, err
	default:
		return spans, ctx.Err()
	}
}

func putOne(ctx context.Context, client *http.Client, url string, i int) error {
	body, err := json.Marshal(bench.Campaign(account, i))
	if err != nil {
		return err
	}
	resp, err := request(ctx, client, http.MethodPut, url+campaignsPath+bench.ID(i), "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusCreated {
		err = fmt.Errorf("PUT: got %s %s", resp.Status, answer)
	}
	return err
}

// pendingOnce fails unless exactly the first n campaigns wait, each once, and empties
// Redis.
func pendingOnce(ctx context.Context, c *redis.Client, n int) error {
	const page = 5000
	seen := make([]bool, n)
	for from := 0; ; from += page {
		ids, err := c.LRange(ctx, "asynq:{"+key.Queue(account, campaign.StageCreate)+"}:pending", int64(from), int64(from+page-1)).Result()
		if err != nil {
			return err
		}
		for _, id := range ids {
			i, ok := bench.Index(id)
			if !ok || i >= n || seen[i] {
				return fmt.Errorf("the queue holds %q, which was not enqueued, or twice", id)
			}
			seen[i] = true
		}
		if len(ids) < page {
			break
		}
	}
	for i, there := range seen {
		if !there {
			return fmt.Errorf("campaign %s is not in the queue", bench.ID(i))
		}
	}
	return flush(ctx, c)
}
