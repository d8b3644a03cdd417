package input_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/campaigntest"
	"github.com/octoq/octoq/internal/input"
)

func TestPatch(t *testing.T) {
	t.Parallel()
	change := func(do func(*campaign.Campaign)) campaign.Campaign {
		c := campaigntest.Full()
		do(&c)
		return c
	}
	labelled := change(func(c *campaign.Campaign) { c.Labels = map[string]string{"shop": "3", "season": "spring"} })
	for name, tt := range map[string]struct {
		from  campaign.Campaign
		patch string
		want  campaign.Campaign
	}{
		"nothing":        {campaigntest.Full(), `{}`, campaigntest.Full()},
		"a field":        {campaigntest.Full(), `{"text":"Bye. STOP au 30101"}`, change(func(c *campaign.Campaign) { c.Text = "Bye. STOP au 30101" })},
		"an amount":      {campaigntest.Full(), `{"max_cost":"0.5"}`, change(func(c *campaign.Campaign) { c.MaxCost = 5000 })},
		"fields out":     {campaigntest.Full(), `{"max_cost":null,"window":null,"auto_optimize_text":null}`, change(func(c *campaign.Campaign) { c.MaxCost, c.Window, c.AutoOptimizeText = 0, "", nil })},
		"one label":      {labelled, `{"labels":{"shop":"4","season":null,"town":"Lyon"}}`, change(func(c *campaign.Campaign) { c.Labels = map[string]string{"shop": "4", "town": "Lyon"} })},
		"a first label":  {change(func(c *campaign.Campaign) { c.Labels = nil }), `{"labels":{"shop":"4"}}`, change(func(c *campaign.Campaign) { c.Labels = map[string]string{"shop": "4"} })},
		"all labels out": {labelled, `{"labels":null}`, change(func(c *campaign.Campaign) { c.Labels = nil })},
	} {
		got, err := input.Patch(tt.from, []byte(tt.patch))
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	if diff := cmp.Diff(map[string]string{"shop": "3", "season": "spring"}, labelled.Labels); diff != "" {
		t.Errorf("the labels that were patched were changed themselves:\n%s", diff)
	}
}

func TestPatchRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]refusal{
		"an unknown field":   {`{"colour":"red","sendat":null}`, []string{"colour: is no field", "sendat: did you mean send_at?"}},
		"another type":       {`{"text":7,"labels":["a"]}`, []string{"text: is a number", "labels: is an array"}},
		"a label's type":     {`{"labels":{"shop":3}}`, []string{"labels: shop is a number"}},
		"twice":              {`{"text":"a STOP au 30101","text":null}`, []string{"text: twice"}},
		"taken out, and set": {`{"labels":null,"labels":{"a":"b"}}`, []string{"labels: twice"}},
		"what is needed":     {`{"text":null}`, []string{"text: missing"}},
		"no object":          {`[]`, []string{": an array: an object is wanted"}},
		"null":               {`null`, []string{": null"}},
		"no JSON":            {`{`, []string{": one complete JSON object"}},
	} {
		got, err := input.Patch(campaigntest.Full(), []byte(tt.in))
		if diff := cmp.Diff(campaign.Campaign{}, got); diff != "" {
			t.Errorf("%s: a refused campaign is not empty:\n%s", name, diff)
		}
		checkFaults(t, name, err, tt.want)
	}
}
