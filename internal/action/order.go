package action

import (
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/record"
)

// Order is what a person wants done, and to which campaigns.
type Order struct {
	Verb Verb
	// Filter finds the campaigns of its account. One that would find all is refused.
	Filter enqueue.Filter
	// Reason stands in the timelines. A rejection needs one, an approval takes none.
	Reason string
}

// checked is the order with the states that the verb concerns.
func (o Order) checked() (Order, error) {
	if !o.Verb.Valid() {
		return o, fmt.Errorf("%w: %q is no action; the actions are %q", campaign.ErrInvalid, o.Verb, Verbs())
	}
	if o.Filter.Account == "" {
		o.Filter.Account = campaign.DefaultAccount
	}
	if findsAll(o.Filter) {
		return o, fmt.Errorf("%w: the filter is empty, so all campaigns of account %s would be meant: say which, by state, label, list or time",
			campaign.ErrInvalid, o.Filter.Account)
	}
	if err := o.checkReason(); err != nil {
		return o, err
	}
	asked := o.Filter.States
	if o.Filter.State != "" {
		asked = append(slices.Clone(asked), o.Filter.State)
	}
	able := o.Verb.states()
	o.Filter.State, o.Filter.States = "", able
	if len(asked) > 0 {
		o.Filter.States = slices.DeleteFunc(slices.Clone(asked), func(s campaign.State) bool { return s.Valid() && !slices.Contains(able, s) })
	}
	if len(o.Filter.States) == 0 {
		return o, fmt.Errorf("%w: %s concerns campaigns that are %q, none that are %q", campaign.ErrInvalid, o.Verb, able, asked)
	}
	return o, nil
}

func (o Order) checkReason() error {
	switch {
	case o.Verb == Approve && o.Reason != "":
		return fmt.Errorf("%w: an approval takes no reason", campaign.ErrInvalid)
	case o.Verb == Reject && o.Reason == "":
		return fmt.Errorf("%w: a rejection needs a reason, for those who wrote the campaigns", campaign.ErrInvalid)
	default:
		return record.CheckReason(o.Reason)
	}
}

// findsAll reports whether a filter asks for nothing but its account.
func findsAll(f enqueue.Filter) bool {
	return f.State == "" && len(f.States) == 0 && len(f.Labels) == 0 && f.ListName+f.TagName+f.IDPrefix+f.IDPart == "" &&
		f.FailureClass == "" && f.Since.IsZero() && f.Until.IsZero()
}
