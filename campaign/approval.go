package campaign

import "fmt"

// Approval is a person's consent to a price. It names either what was shown,
// Cost and perhaps Contacts, or a bound on the price, UpTo; before there is a
// price it needs the bound. Its JSON is {"cost":"19.75","number_of_contacts":20}
// or {"up_to":"25.00"}.
type Approval struct {
	// Cost is the price that was shown.
	Cost *Money `json:"cost,omitempty"`
	// UpTo is the most that the campaign may cost.
	UpTo *Money `json:"up_to,omitempty"`
	// Contacts is the most contacts that it may go to. Without it, a Cost stands
	// for the contacts that the campaign has when it is approved, and UpTo for any
	// number.
	Contacts *int `json:"number_of_contacts,omitempty"`
	// Force accepts that the campaign may be sent a second time, where it waits
	// because Redis was replaced; see Record.WaitsForVouch. Elsewhere it changes nothing.
	Force bool `json:"force,omitempty"`
	// Content is the Campaign.ContentHash of what was shown; without it the
	// approval is of the content that the campaign has when it is approved.
	Content string `json:"content,omitempty"`
}

// UpTo approves any price up to a bound, whatever the number of contacts.
func UpTo(m Money) Approval { return Approval{UpTo: &m} }

// ApprovalError is returned for an Approval that cannot be understood. It is
// ErrInvalid.
type ApprovalError struct{ Problem string }

func (e *ApprovalError) Error() string { return "the approval " + e.Problem }

// Is makes errors.Is(err, ErrInvalid) true.
func (e *ApprovalError) Is(target error) bool { return target == ErrInvalid }

// Validate reports what is wrong with an approval by itself.
func (a Approval) Validate() error {
	switch {
	case a.Cost == nil && a.UpTo == nil:
		return &ApprovalError{"names no price: give cost, the price that was shown, or up_to, the most that it may cost"}
	case a.Cost != nil && a.UpTo != nil:
		return &ApprovalError{"names both cost and up_to: one of them is wanted"}
	case a.Cost != nil && *a.Cost < 0, a.UpTo != nil && *a.UpTo < 0:
		return &ApprovalError{"names a price below zero"}
	case a.Contacts != nil && *a.Contacts < 0:
		return &ApprovalError{"names fewer contacts than none"}
	}
	return nil
}

// Cover is what an approval covers. A campaign that is dearer, goes to more
// contacts or has another content is not confirmed, but waits for approval again.
type Cover struct {
	Cost Money `json:"cost"` // at most
	// Contacts is how many there may be at most; nil is any number.
	Contacts *int   `json:"number_of_contacts,omitempty"`
	Content  string `json:"content"` // Campaign.ContentHash
}

// String is the cover for people: "up to 25.00 €".
func (c Cover) String() string {
	if c.Contacts == nil {
		return "up to " + c.Cost.String()
	}
	return fmt.Sprintf("up to %s and %d contacts", c.Cost, *c.Contacts)
}
