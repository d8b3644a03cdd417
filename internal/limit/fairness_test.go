package limit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func TestFairness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		waiting map[campaign.Call]int
		want    map[campaign.Call]int // of 100 grants, others waiting all the while
	}{
		{
			"create keeps a tenth", map[campaign.Call]int{campaign.CallConfirm: 200, campaign.CallCreate: 200},
			map[campaign.Call]int{campaign.CallConfirm: 90, campaign.CallCreate: 10},
		},
		{
			"status takes half", map[campaign.Call]int{campaign.CallStatus: 200, campaign.CallCreate: 200},
			map[campaign.Call]int{campaign.CallStatus: 50, campaign.CallCreate: 50},
		},
		{
			"confirm comes before cancel", map[campaign.Call]int{campaign.CallConfirm: 60, campaign.CallCancel: 200},
			map[campaign.Call]int{campaign.CallConfirm: 60, campaign.CallCancel: 40},
		},
		{
			"status alone takes all", map[campaign.Call]int{campaign.CallStatus: 200},
			map[campaign.Call]int{campaign.CallStatus: 100},
		},
		{
			"create alone takes all", map[campaign.Call]int{campaign.CallCreate: 200},
			map[campaign.Call]int{campaign.CallCreate: 100},
		},
		{
			"contacts come last", map[campaign.Call]int{record.CallContacts: 200, campaign.CallStatus: 30, campaign.CallCreate: 60},
			map[campaign.Call]int{record.CallContacts: 10, campaign.CallStatus: 30, campaign.CallCreate: 60},
		},
		{
			"everyone", map[campaign.Call]int{
				campaign.CallConfirm: 30, campaign.CallCancel: 30, campaign.CallStatus: 200, campaign.CallCreate: 200,
			},
			map[campaign.Call]int{
				campaign.CallConfirm: 30, campaign.CallCancel: 30, campaign.CallStatus: 17, campaign.CallCreate: 23,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q := newWaitQueue()
			for call, n := range c.waiting {
				for range n {
					q.join(&waiter{rank: rank{call: call}})
				}
			}
			got := map[campaign.Call]int{}
			for range 100 {
				got[q.pop().call]++
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("of 100 grants (-want +got):\n%s", diff)
			}
		})
	}
}
