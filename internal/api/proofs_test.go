package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
)

// A proof is a campaign of its own, once for each time that it is asked for and has ended.
func TestAProofOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const body = `{"list_name":"team","text":"Hello. STOP au 30101","type":"sms_premium","purpose":"wholesale","sender":"Shop","labels":{"quote":"q","shop":"3"},"send_at":"2099-01-01T09:00:00Z"}`
	r.want("prepare", r.ask(http.MethodPut, spring, body), http.StatusCreated)
	ask := func(list string) answer { return r.ask(http.MethodPost, spring+"/proof", `{"list_name":"`+list+`"}`) }
	a := ask("proofs")
	r.want("a proof", a, http.StatusCreated)
	want := campaign.Campaign{
		ID: "spring-proof-1", Account: "default", ListName: "proofs", Text: "Hello. STOP au 30101", Type: "sms_premium", Purpose: "wholesale", Sender: "Shop",
		Confirm: campaign.ConfirmManual, Labels: map[string]string{"shop": "3", "proof_of": "spring"},
	}
	a.body.Campaign.ID, a.body.Campaign.Account = a.body.ID, "default"
	if diff := cmp.Diff(want, a.body.Campaign); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := ask("proofs")
	r.want("again", again, http.StatusOK)
	other := ask("others")
	r.want("to another list", other, http.StatusCreated)
	r.worker().Advance("spring-proof-1", campaign.StateSent, nil)
	third := ask("proofs")
	r.want("once it has ended", third, http.StatusCreated)
	if got := []string{again.body.ID, other.body.ID, third.body.ID}; !cmp.Equal(got, []string{"spring-proof-1", "spring-proof-2", "spring-proof-3"}) {
		t.Errorf("got %q", got)
	}
	r.want("to its own list", ask("team"), http.StatusUnprocessableEntity)
	r.want("of none", r.ask(http.MethodPost, "/v1/accounts/default/campaigns/none/proof", `{"list_name":"proofs"}`), http.StatusNotFound)
	r.want("without a list", r.ask(http.MethodPost, spring+"/proof", `{}`), http.StatusUnprocessableEntity)
	r.caller.Forces = access.Simulate
	simulated := ask("simulated")
	r.want("with a token of the kind simulate", simulated, http.StatusCreated)
	if !simulated.body.Campaign.SimulationMode {
		t.Error("with a token of the kind simulate: got a proof that is sent")
	}
}
