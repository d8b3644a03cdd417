package console_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// copyMany makes copies of a record, each with an id and a moment of its own, as quickly as
// Redis can. KEYS[1] the record, KEYS[2] the index of its state, KEYS[3] that of all.
// ARGV: its id, how the copies' ids begin, the first and the last number, and the moment of
// the newest in milliseconds.
const copyMany = `
local fields = redis.call('HGETALL', KEYS[1])
local at = {}
for i = 1, #fields, 2 do at[fields[i]] = i + 1 end
local stem = string.sub(KEYS[1], 1, #KEYS[1] - #ARGV[1])
local sample = fields[at.campaign]
for n = tonumber(ARGV[3]), tonumber(ARGV[4]) do
  local id = string.format('%s%08d', ARGV[2], n)
  local moment = string.format('%d', tonumber(ARGV[5]) - n)
  fields[at.campaign] = string.gsub(sample, '"id":"' .. ARGV[1] .. '"', '"id":"' .. id .. '"', 1)
  fields[at.enqueued_at], fields[at.updated_at] = moment, moment
  redis.call('HSET', stem .. id, unpack(fields))
  redis.call('ZADD', KEYS[2], moment, id)
  redis.call('ZADD', KEYS[3], moment, id)
end
return 1`

// filled is a rig with many campaigns: OCTOQ_PAGES_FINISHED that were sent, 1,000,000 by
// default, OCTOQ_PAGES_WAITING that wait in their queue, 100,000 by default, and a tenth of
// those besides that wait for a person.
func filled(b *testing.B) *rig {
	b.Helper()
	r := newRig(b)
	finished, waiting := numberOf(b, "OCTOQ_PAGES_FINISHED", 1_000_000), numberOf(b, "OCTOQ_PAGES_WAITING", 100_000)
	began := time.Now()
	r.enqueue("sample-sent", "Hello.", campaign.StateSent, priced)
	r.enqueue("sample-asks", "Hello.", campaign.StateAwaitingApproval, priced)
	r.copies("sample-sent", "done-", campaign.StateSent, finished)
	r.copies("sample-asks", "asks-", campaign.StateAwaitingApproval, waiting/10)
	many := func(yield func(campaign.Campaign) bool) {
		for i := range waiting {
			c := campaign.Campaign{ID: fmt.Sprintf("wait-%08d", i), ListName: "customers", Text: "Hello.", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert}
			if !yield(c) {
				return
			}
		}
	}
	for _, err := range r.client.EnqueueAll(b.Context(), many) {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d campaigns that were sent and %d that wait were made in %s", finished, waiting, time.Since(began).Round(time.Second))
	return r
}

func (r *rig) copies(id, stem string, state campaign.State, n int) {
	r.t.Helper()
	const step = 2000
	newest := time.Now().UnixMilli()
	keys := []string{key.Record(campaign.DefaultAccount, id), key.State(campaign.DefaultAccount, state), key.Enqueued(campaign.DefaultAccount)}
	script := redis.NewScript(copyMany)
	for from := 1; from <= n; from += step {
		if err := script.Run(r.t.Context(), r.rdb, keys, id, stem, from, min(from+step-1, n), newest).Err(); err != nil {
			r.t.Fatal(err)
		}
	}
}

func numberOf(b *testing.B, name string, byDefault int) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(byDefault)))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkPages measures how long the first byte of each page takes, from the request on,
// over HTTP on this machine. Run it with -benchtime=200x: p99 is of that many.
func BenchmarkPages(b *testing.B) {
	r := filled(b)
	server := httptest.NewServer(r.pages)
	b.Cleanup(server.Close)
	for _, path := range []string{
		"/", "/campaigns", "/campaigns?state=sent", "/campaigns?state=awaiting_approval", "/campaigns?id_part=0042", "/campaigns?list_name=customers",
		"/campaigns/default/done-00000042", "/approvals", "/letters", "/accounts", "/schedules", "/new",
	} {
		b.Run(path, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				took = append(took, firstByte(b, server.URL+path))
			}
			slices.Sort(took)
			for name, part := range map[string]int{"p50-ms": 50, "p99-ms": 99} {
				b.ReportMetric(float64(took[(len(took)-1)*part/100].Microseconds())/1000, name)
			}
		})
	}
}

// firstByte is how long the first byte of a page's text takes.
func firstByte(b *testing.B, url string) time.Duration {
	b.Helper()
	began := time.Now()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.ReadFull(answer.Body, make([]byte, 1)); err != nil || answer.StatusCode != http.StatusOK {
		b.Fatalf("%s: got %d, %v", url, answer.StatusCode, err)
	}
	took := time.Since(began)
	_, _ = io.Copy(io.Discard, answer.Body)
	return took
}
