package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// packed is how many records of the default account are packed.
func (r *rig) packed() int { r.t.Helper(); return r.packedIn(record.PackedVersion) }

// packedIn is how many are packed in a version.
func (r *rig) packedIn(version int) (n int) {
	r.t.Helper()
	rdb := r.redis.Client()
	for _, state := range campaign.States() {
		ids, err := rdb.ZRange(r.t.Context(), "octoq:{default}:state:"+string(state), 0, -1).Result()
		if err != nil {
			r.t.Fatal(err)
		}
		for _, id := range ids {
			if rdb.HGet(r.t.Context(), "octoq:{default}:c:"+id, "v").Val() == fmt.Sprint(version) {
				n++
			}
		}
	}
	return n
}

// overCampaigns has campaigns come to each end that is packed, and to one that is not, and
// returns how many of them are.
func (r *rig) overCampaigns() (packable int) {
	r.t.Helper()
	r.enqueue(campaigns("over", 2, "") + toList("unwanted", `,"confirm":"manual"`) + toList("simulated", `,"simulation_mode":true`) + noStop("purged") + noStop("dead"))
	for id, state := range map[string]campaign.State{
		"over0": campaign.StateSent, "over1": campaign.StateSent, "unwanted": campaign.StateAwaitingApproval, "simulated": campaign.StateSimulated,
		"purged": campaign.StateDead, "dead": campaign.StateDead,
	} {
		r.await(30*time.Second, id, state)
	}
	r.must(0, "cancel", "unwanted")
	r.await(30*time.Second, "unwanted", campaign.StateCancelled)
	r.must(0, "dead", "purge", "purged")
	return 5
}

var revision = regexp.MustCompile(`"revision":\s*\d+,?`)

// said is what commands and the HTTP API say of campaigns that are over, but for the revision
// of their records.
func (r *rig) said(web *pages) map[string]string {
	r.t.Helper()
	all := map[string]string{}
	for _, args := range [][]string{
		{"list", "--json", "--limit", "0"}, {"list", "--state", "sent"}, {"status", "over0", "--json"}, {"status", "over1"},
		{"status", "unwanted", "--json"}, {"status", "simulated", "--json"}, {"status", "purged", "--json"}, {"dead", "ls", "--json"},
	} {
		all["octoq "+strings.Join(args, " ")] = revision.ReplaceAllString(r.must(0, args...).out, "")
	}
	for _, path := range []string{"/v1/accounts/default/campaigns?limit=50", "/v1/accounts/default/campaigns/over0"} {
		_, answer := r.page(web.url+path, "", "")
		all[path] = revision.ReplaceAllString(answer, "")
	}
	return all
}

// A campaign that is over is packed some time later, whatever its end, and commands, the
// HTTP API and producers say the same of it as before.
func TestPackedCampaigns(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	w := r.worker()
	packable := r.overCampaigns()
	web := r.web()
	want := r.said(web)
	if n := r.packed(); n != 0 {
		t.Fatalf("got %d packed within their first hour, want none", n)
	}
	w.stop()

	r.setenv("OCTOQ_PACK_AFTER=1ms")
	w = r.worker()
	r.until(30*time.Second, "they are packed", func() (bool, string) { return r.packed() == packable, fmt.Sprint(r.packed()) })
	if diff := cmp.Diff(want, r.said(web)); diff != "" {
		t.Errorf("what is said of them (-before +packed):\n%s", diff)
	}
	if o := r.octoqIn(campaigns("over", 2, ""), "enqueue", "--file", "-"); o.code != 4 || !strings.Contains(o.out, "2 known already") || o.err != "" {
		t.Errorf("enqueued once more: got %+v, want them known", o)
	}
	if o := r.octoqIn(toList("over1", ""), "enqueue", "--file", "-"); o.code != 4 || !strings.Contains(o.err, "different content") {
		t.Errorf("another campaign of that id: got %+v, want what differs", o)
	}
	r.wantCode(1, "cancel", "over0")

	if strings.Contains(w.Log(), `"level":"error"`) {
		t.Errorf("the worker's log has errors:\n%s", w.Log())
	}
}
