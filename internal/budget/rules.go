package budget

import (
	"errors"
	"fmt"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// Who may approve.
const (
	ByAnyone = "anyone"
	ByOther  = "other" // a user or token that has not written the campaign
)

// Rules are what an account demands of each campaign. They are floors: a campaign can be
// stricter by its own fields, and never laxer. The JSON names are stable.
type Rules struct {
	Confirm              string         `json:"confirm,omitempty"`                // campaign.ConfirmManual, or "" for none
	ApproveAbove         campaign.Money `json:"approve_above,omitempty"`          // 0: no such rule
	ApproveAboveContacts int            `json:"approve_above_contacts,omitempty"` // 0: no such rule
	ApproveBy            string         `json:"approve_by,omitempty"`             // ByOther, or "" for anyone
	Window               string         `json:"window,omitempty"`                 // beside the account's and the campaign's own
}

// Normal is the rules without what demands nothing.
func (r Rules) Normal() Rules {
	if r.Confirm == campaign.ConfirmAuto {
		r.Confirm = ""
	}
	if r.ApproveBy == ByAnyone {
		r.ApproveBy = ""
	}
	if r.Window == "off" {
		r.Window = ""
	}
	return r
}

// Validate names all faults of the rules. Its error is campaign.ErrInvalid.
func (r Rules) Validate() error {
	var faults []error
	if r.Confirm != "" && r.Confirm != campaign.ConfirmAuto && r.Confirm != campaign.ConfirmManual {
		faults = append(faults, fmt.Errorf("confirm is %q: want auto or manual", r.Confirm))
	}
	if r.ApproveBy != "" && r.ApproveBy != ByAnyone && r.ApproveBy != ByOther {
		faults = append(faults, fmt.Errorf("approve_by is %q: want anyone or other", r.ApproveBy))
	}
	if r.ApproveAbove < 0 {
		faults = append(faults, fmt.Errorf("approve_above is %s: want 0 (no such rule) or more", r.ApproveAbove))
	}
	if r.ApproveAboveContacts < 0 {
		faults = append(faults, fmt.Errorf("approve_above_contacts is %d: want 0 (no such rule) or more", r.ApproveAboveContacts))
	}
	for _, w := range Windows(r.Window) {
		if _, err := campaign.ParseWindow(w); err != nil {
			faults = append(faults, fmt.Errorf("window: %w", err))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: rules: %w", campaign.ErrInvalid, errors.Join(faults...))
}

// Asks says why the rules demand a person's approval of a campaign at a price; "" if
// they do not.
func (r Rules) Asks(cost campaign.Money, contacts int) string {
	switch {
	case r.Confirm == campaign.ConfirmManual:
		return "the account's rules have a person approve each campaign"
	case r.ApproveAbove > 0 && cost > r.ApproveAbove:
		return "more than approve_above of the account's rules, " + r.ApproveAbove.String()
	case r.ApproveAboveContacts > 0 && contacts > r.ApproveAboveContacts:
		return fmt.Sprintf("more contacts than approve_above_contacts of the account's rules, %d", r.ApproveAboveContacts)
	default:
		return ""
	}
}

// ComparePrice reports whether what the rules say depends on a campaign's price.
func (r Rules) ComparePrice() bool { return r.ApproveAbove > 0 || r.ApproveAboveContacts > 0 }

// MayNotApprove says why the actor may not approve a campaign of these authors; "" if the actor
// may. Names are compared without their kind, or a person with a token of the same name
// could approve the person's own campaign. A campaign whose authors are not known is for a
// person who signed in.
func (r Rules) MayNotApprove(actor string, authors []string) string {
	if r.ApproveBy != ByOther {
		return ""
	}
	kind, name := splitActor(actor)
	person := kind == "user" || kind == "oidc"
	switch {
	case !person && kind != "token":
		return "approve_by of the account's rules is other: a user who signed in, or a token, has to approve it"
	case len(authors) == 0 && !person:
		return "approve_by of the account's rules is other, and the authors of this campaign are not known: a user who signed in has to approve it"
	}
	for _, author := range authors {
		if _, wrote := splitActor(author); wrote == name {
			return "approve_by of the account's rules is other, and " + name + " wrote it: another has to approve it"
		}
	}
	return ""
}

// splitActor is the kind and the name of an actor, as package actor writes them.
func splitActor(actor string) (kind, name string) {
	kind, name, found := strings.Cut(actor, ":")
	if !found {
		return "", actor
	}
	return kind, name
}

// String is the rules for people, in the words of flags.
func (r Rules) String() string {
	var parts []string
	add := func(when bool, format string, value any) {
		if when {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add(r.Confirm != "", "confirm %s", r.Confirm)
	add(r.ApproveAbove > 0, "approve above %s", r.ApproveAbove)
	add(r.ApproveAboveContacts > 0, "approve above %d contacts", r.ApproveAboveContacts)
	add(r.ApproveBy != "", "approve by %s", r.ApproveBy)
	add(r.Window != "", "window %s", r.Window)
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
