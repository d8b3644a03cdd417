package proof_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/enqueuetest"
	"github.com/octoq/octoq/internal/proof"

	_ "github.com/octoq/octoq/internal/testenv" // no test sees the developer's own settings
)

// rig is a Redis with a campaign.
type rig struct {
	t   *testing.T
	kit *enqueuetest.Kit
	of  campaign.Campaign
}

func newRig(t *testing.T, id string) *rig {
	t.Helper()
	r := &rig{t: t, kit: enqueuetest.New(t), of: campaign.Campaign{
		ID: id, Account: "shop", ListName: "team", Text: "Hello. STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Sender: "Shop",
		MaxCost: 50000, Labels: map[string]string{"quote": "spring", "team": "a"},
	}}
	r.enqueue(r.of)
	return r
}

func (r *rig) enqueue(c campaign.Campaign) {
	r.t.Helper()
	if _, err := r.kit.Client().Enqueue(r.t.Context(), c); err != nil {
		r.t.Fatal(err)
	}
}

func allowed(c campaign.Campaign) (campaign.Campaign, error) { return c, nil }

func (r *rig) proof(list string) (proof.Made, error) {
	return proof.Proofs{Client: r.kit.Client(), Allow: allowed}.Make(r.t.Context(), "shop", r.of.ID, list)
}

func (r *rig) wantProof(what, list, id string, known bool) {
	r.t.Helper()
	made, err := r.proof(list)
	if err != nil || made.Receipt.ID != id || made.Receipt.Account != "shop" || made.Known != known {
		r.t.Errorf("%s: got %+v, %v, want %s, known: %v", what, made, err, id, known)
	}
}

// A proof has the campaign's text and labels, and nothing that says when it is sent, or
// that an approval of the quote covers it.
func TestWhatAProofIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, "spring")
	r.wantProof("a proof", "proofs", "spring-proof-1", false)
	got, _ := r.kit.FindIn("shop", "spring-proof-1")
	want := campaign.Campaign{
		ID: "spring-proof-1", Account: "shop", ListName: "proofs", Text: r.of.Text, Type: r.of.Type, Purpose: r.of.Purpose, Sender: r.of.Sender,
		Confirm: campaign.ConfirmManual, Labels: map[string]string{"team": "a", "proof_of": "spring"},
	}
	if diff := cmp.Diff(want, got.Campaign); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	auto, err := proof.Of(campaign.Campaign{ID: "c", Confirm: campaign.ConfirmAuto}, "proofs")
	if err != nil || auto.Confirm != campaign.ConfirmAuto {
		t.Errorf("of a campaign with confirm auto: got %+v, %v, want it so", auto, err)
	}
}

// The same proof is made once at a time.
func TestAProofIsMadeOnceAtATime(t *testing.T) {
	t.Parallel()
	r := newRig(t, "spring")
	r.wantProof("the first", "proofs", "spring-proof-1", false)
	r.wantProof("again", "proofs", "spring-proof-1", true)
	r.wantProof("to another list", "others", "spring-proof-2", false)
	r.wantProof("and again", "others", "spring-proof-2", true)
	for _, state := range []campaign.State{campaign.StateSent, campaign.StateCancelled, campaign.StateDead} {
		made, err := r.proof("proofs")
		if err != nil {
			t.Fatal(err)
		}
		r.kit.AdvanceIn("shop", made.Receipt.ID, state, nil)
		after, err := r.proof("proofs")
		if err != nil || after.Known || after.Receipt.ID == made.Receipt.ID {
			t.Errorf("after one that is %s: got %+v, %v, want another one", state, after, err)
		}
	}
}

// Ids have 64 characters: two campaigns whose ids differ in the end alone have two proofs.
func TestProofsOfLongIDs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("c", 62)
	r := newRig(t, long+"-1")
	r.wantProof("of the first", "proofs", long[:56]+"-proof-1", false)
	r.of.ID = long + "-2"
	r.enqueue(r.of)
	r.wantProof("of the second", "proofs", long[:56]+"-proof-2", false)
}

func TestProofsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, "spring")
	if _, err := r.proof("team"); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("to the campaign's own list: got %v, want it refused", err)
	}
	denied := errors.New("not allowed")
	deny := func(c campaign.Campaign) (campaign.Campaign, error) { return c, denied }
	if _, err := (proof.Proofs{Client: r.kit.Client(), Allow: deny}).Make(t.Context(), "shop", "spring", "proofs"); !errors.Is(err, denied) {
		t.Errorf("by an actor who may not: got %v", err)
	}
	r.of.ID = "none"
	if _, err := r.proof("proofs"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("of a campaign that there is not: got %v", err)
	}
	for what, client := range map[string]answers{
		"of a purged one":    {state: campaign.StatePurged},
		"of one with many":   {state: campaign.StateQueued, text: "Hello.", err: &campaign.DuplicateError{State: campaign.StateSent, Same: true}},
		"without its record": {state: campaign.StateQueued},
	} {
		if _, err := (proof.Proofs{Client: client, Allow: allowed}).Make(t.Context(), "shop", "c", "proofs"); !errors.Is(err, campaign.ErrState) {
			t.Errorf("%s: got %v, want it refused", what, err)
		}
	}
}

// answers is a client that answers each call alike.
type answers struct {
	state campaign.State
	text  string
	err   error
}

func (a answers) Get(_ context.Context, account, id string) (campaign.Record, error) {
	return campaign.Record{Campaign: campaign.Campaign{Account: account, ID: id, Text: a.text}, State: a.state}, nil
}

func (a answers) Enqueue(context.Context, campaign.Campaign, ...enqueue.Option) (enqueue.Receipt, error) {
	return enqueue.Receipt{}, a.err
}
