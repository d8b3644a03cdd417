package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// Callbacks that come as fast as they are taken are all counted. With
// OCTOQ_CALLBACKS_SECONDS they come for so long, and none may take a second.
func TestCallbacksAtFullRate(t *testing.T) {
	t.Parallel()
	seconds, strict := strconv.Atoi(os.Getenv("OCTOQ_CALLBACKS_SECONDS"))
	if strict != nil {
		seconds = 1
	}
	r, url := resultsRig(t, simulator.Config{})
	r.reportee(url)
	if err := r.redis.Client().Set(t.Context(), "octoq:{default}:ticket:sms_1", "a", 0).Err(); err != nil { // else numbers are bounded
		t.Fatal(err)
	}
	base := callbackBase(strings.TrimPrefix(url, "http://")) + "/deliveries"
	const senders = 16
	took := make([][]time.Duration, senders)
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				number := fmt.Sprintf("+336%02d%06d", i, n)
				took[i] = append(took[i], r.reportOne(client, base, number))
			}
		})
	}
	group.Wait()
	client.CloseIdleConnections()
	all := slices.Concat(took...)
	slices.Sort(all)
	p99, longest := all[len(all)*99/100], all[len(all)-1]
	t.Logf("%d callbacks in %d s: %d a second, p99 %v, longest %v", len(all), seconds, len(all)/seconds, p99, longest)
	if strict == nil && longest > time.Second {
		t.Errorf("the longest took %v, want 1s at most", longest)
	}
	r.until(time.Minute, "all are counted", func() (bool, string) {
		counted, err := r.redis.Client().HGet(t.Context(), "octoq:{default}:results:sms_1", "s:20").Result()
		return counted == strconv.Itoa(len(all)), fmt.Sprint(counted, " ", err)
	})
}

// reportOne reports that one number was delivered, and returns how long that took.
func (r *rig) reportOne(client *http.Client, url, number string) time.Duration {
	body := []byte(`{"message_id":"sms_1","number":"` + number + `","status":"DELIVERED","delivery_date":"2026-11-29 12:00:00"}`)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		r.t.Error(err)
		return 0
	}
	began := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		r.t.Error(err)
		return 0
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r.t.Errorf("got %s, want 200", resp.Status)
	}
	return time.Since(began)
}
