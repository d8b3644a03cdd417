package campaign

import "time"

// DefaultAccount is the account of a campaign that names none.
const DefaultAccount = "default"

// Kinds of message and their purposes, as the API names them (doc).
const (
	TypePremium = "sms_premium"
	TypeLowCost = "sms_low_cost"

	PurposeAlert     = "alert"
	PurposeWholesale = "wholesale"

	SegmentationFilter = "filter"
	SegmentationGroup  = "group"
)

// Ways to confirm: Auto confirms as soon as the campaign is priced, Manual
// waits for a person. Empty means the worker's own setting.
const (
	ConfirmAuto   = "auto"
	ConfirmManual = "manual"
)

// What becomes of a campaign whose send_at has passed by more than
// LateTolerance when its turn comes: LateDead makes it a dead letter, LateSend
// sends it all the same. Empty means the worker's setting.
const (
	LateDead = "dead"
	LateSend = "send"
)

// LateTolerance is how long after its send_at a campaign is not yet late.
const LateTolerance = time.Minute

// Campaign is what a producer asks for: one text to one contact list or one
// tag. The JSON names are those of the API's create call, plus octoq's own.
type Campaign struct {
	// ID is the producer's idempotency key, unique within the account: 1 to 64
	// of A-Z a-z 0-9 . _ -. A UUIDv7 is chosen when it is empty.
	ID string `json:"id,omitempty"`
	// Account names the Octopush login that pays; empty means "default".
	Account string `json:"account,omitempty"`

	// ListName or TagName, exactly one of them, names the recipients: at
	// most 30 and 20 characters (doc).
	ListName string `json:"list_name,omitempty"`
	TagName  string `json:"tag_name,omitempty"`
	// Text has 1 to 1224 characters (doc) and may hold placeholders such as
	// {first_name}.
	Text string `json:"text"`
	// Type is sms_premium or sms_low_cost.
	Type string `json:"type"`
	// Purpose is alert or wholesale. It has to be named: the API takes an
	// absent one for wholesale (doc).
	Purpose string `json:"purpose"`
	// Sender is optional: 3 to 11 letters, digits or spaces. The field table
	// (doc) knows no space, the examples on the same pages use one.
	Sender string `json:"sender,omitempty"`
	// SendAt asks Octopush to hold the confirmed campaign until then. What a
	// past time does at the API is unknown.
	SendAt time.Time `json:"send_at,omitzero"`
	// WithReplies asks for the recipients' replies; the sender is then a short
	// number (doc).
	WithReplies bool `json:"with_replies,omitempty"`
	// AutoOptimizeText false forbids rewriting to cheaper characters; nil
	// leaves the API's default, true (doc).
	AutoOptimizeText *bool `json:"auto_optimize_text,omitempty"`
	// AutoRemoveBlacklistedNumbers has Octopush leave out numbers that opted
	// out; it costs 0.01 € more per request (doc). A newer page of Octopush's
	// calls it auto_delete_optout_contacts (doc), and octoq sends both names:
	// which of them counts is unknown, and the API ignores names it does not know.
	AutoRemoveBlacklistedNumbers bool `json:"auto_remove_blacklisted_numbers,omitempty"`
	// SimulationMode asks for a fake result (doc). Whether its ticket can be
	// polled is unknown, so such a campaign ends as simulated after create.
	SimulationMode bool `json:"simulation_mode,omitempty"`
	// RecipientTracking and Segmentation (filter or group) stand on the newest
	// page only (doc).
	RecipientTracking bool   `json:"recipient_tracking,omitempty"`
	Segmentation      string `json:"segmentation,omitempty"`

	// NotBefore keeps octoq from creating the campaign earlier.
	NotBefore time.Time `json:"not_before,omitzero"`
	// ExpiresAt is the time after which octoq no longer confirms it.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Late is dead or send, see LateDead; empty means the worker's setting.
	Late string `json:"late,omitempty"`
	// Window says when a wholesale campaign may go out, see ParseWindow. It
	// narrows the window of the account and does not replace it: both have to
	// be open. Alert campaigns go out at any hour.
	Window string `json:"window,omitempty"`
	// Confirm is auto or manual; empty means the worker's setting.
	Confirm string `json:"confirm,omitempty"`
	// MaxCost sends a campaign that the API prices higher to a person for
	// approval instead of confirming it. Zero means no limit.
	MaxCost Money `json:"max_cost,omitzero"`
	// Labels are the producer's own; octoq only keeps them. At most 16, keys up
	// to 64 and values up to 256 bytes.
	Labels map[string]string `json:"labels,omitempty"`
}
