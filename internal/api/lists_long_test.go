package api_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
)

// A page of any filter answers in time, whatever an account has: OCTOQ_LIST_FINISHED
// finished campaigns, 5,000 by default. It may be empty, and then says where to go on.
func TestPagesOverManyFinishedCampaigns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	n, err := strconv.Atoi(cmp.Or(os.Getenv("OCTOQ_LIST_FINISHED"), "5000"))
	if err != nil {
		t.Fatal(err)
	}
	r.finished(n)
	for _, query := range []string{
		"", "state=sent", "state=sent&limit=1000", "state=dead", "state=dead&state=cancelled", "label.shop=nowhere", "list_name=nobodies", "list_name=customers",
		"id_prefix=c0000001", "failure_class=late", "since=2020-01-01T00:00:00Z", "until=2026-01-01T00:00:00Z",
	} {
		r.pages(query)
	}
}

// pages asks for some pages of a filter, and holds the slowest but one of a hundred
// against the promise.
func (r *rig) pages(query string) {
	r.t.Helper()
	const promised, most = 200 * time.Millisecond, 100
	var took []time.Duration
	found, next := 0, ""
	for range most {
		began := time.Now()
		got := r.ask(http.MethodGet, "/v1/accounts/default/campaigns?"+query+"&cursor="+next, "")
		took = append(took, time.Since(began))
		r.want(query, got, http.StatusOK)
		found += len(got.body.Items)
		if next = got.body.Next; next == "" {
			break
		}
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	r.t.Logf("%-30s %3d pages, %6d found, p50 %v, p99 %v", query, len(took), found, took[len(took)/2].Round(time.Millisecond), p99.Round(time.Millisecond))
	if os.Getenv("OCTOQ_LIST_FINISHED") != "" && p99 > promised {
		r.t.Errorf("%s: got p99 %v, want %v at most", query, p99, promised)
	}
}

// finished fills an account with campaigns that were sent, a thousandth of them dead,
// each a millisecond after the one before: the records are those of two real ones.
func (r *rig) finished(n int) {
	r.t.Helper()
	kit := r.worker()
	rdb := redis.NewClient(&redis.Options{Addr: r.redis.Addr})
	r.t.Cleanup(func() { _ = rdb.Close() })
	records := map[campaign.State]map[string]string{}
	for _, state := range []campaign.State{campaign.StateSent, campaign.StateDead} {
		id := string(state)
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/"+id, text("Hello.")), http.StatusCreated)
		kit.Advance(id, state, nil)
		hash, err := rdb.HGetAll(r.t.Context(), "octoq:{default}:c:"+id).Result()
		if err != nil || len(hash) == 0 {
			r.t.Fatalf("the record of %s: %v, %v", id, hash, err)
		}
		records[state] = hash
	}
	begin := time.Now().Add(-time.Duration(n) * time.Millisecond).UnixMilli()
	for i := 0; i < n; {
		pipe := rdb.Pipeline()
		for range min(5000, n-i) {
			state := campaign.StateSent
			if i%1000 == 0 {
				state = campaign.StateDead
			}
			copyRecord(r.t.Context(), pipe, records[state], state, fmt.Sprintf("c%07d", i), begin+int64(i))
			i++
		}
		if _, err := pipe.Exec(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
}

// copyRecord writes a record once more, under another id.
func copyRecord(ctx context.Context, pipe redis.Pipeliner, record map[string]string, state campaign.State, id string, at int64) {
	fields := []any{"enqueued_at", at}
	for name, value := range record {
		switch name {
		case "enqueued_at":
		case "campaign":
			fields = append(fields, name, `{"id":"`+id+`",`+value[len(`{"id":"`+string(state)+`",`):])
		default:
			fields = append(fields, name, value)
		}
	}
	pipe.HSet(ctx, "octoq:{default}:c:"+id, fields...)
	pipe.ZAdd(ctx, "octoq:{default}:state:"+string(state), redis.Z{Score: float64(at), Member: id})
	pipe.ZAdd(ctx, "octoq:{default}:enqueued", redis.Z{Score: float64(at), Member: id})
}
