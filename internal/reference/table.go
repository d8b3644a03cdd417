package reference

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// unreleased is what CHANGELOG.md calls what no release has yet. A release
// replaces it by its own version.
const unreleased = "Unreleased"

const (
	workerSetting = "the worker's setting %s"
	sampleTime    = `"2030-06-03T09:00:00+02:00"`
	sampleWindow  = "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR"
)

// table describes every field; Fields adds what the code of campaign says.
func table() []Field {
	return slices.Concat(identity(), message(), sending(), handling())
}

// identity are the fields that say which campaign it is, and for whom.
func identity() []Field {
	return []Field{
		{
			Name: "id", Min: 1, Max: campaign.MaxID, Form: "of A-Z a-z 0-9 . _ - (neither . nor .. alone)", chars: characters{
				pattern: "^[A-Za-z0-9._-]*$", not: []string{".", ".."},
			},
			Meaning: "your idempotency key, unique within the account",
			Detail:  "An id that is known already is not enqueued again, until the campaign is forgotten (setting retention).",
			Default: "one made of the content for lines of a file, so that the same line is not enqueued twice; else a new UUIDv7",
			Example: `"spring-sale-2030"`, Since: unreleased,
		},
		{
			Name: "account", Min: 1, Max: campaign.MaxAccount, Form: "of a-z 0-9 _ - (a letter or digit first)", chars: characters{
				pattern: "^([a-z0-9][a-z0-9_-]*)?$",
			},
			Meaning: "account whose login at Octopush pays",
			Detail:  "Workers know it by the config file; a campaign for an account that no worker serves waits.",
			Default: campaign.DefaultAccount,
			Example: strconv.Quote("shop"), Since: unreleased,
		},
		{
			Name: "list_name", Min: 1, Max: campaign.MaxListName, chars: characters{text: true},
			Meaning: "contact list at Octopush that receives the text",
			Detail:  "Exactly one of list_name and tag_name is needed. The limit is the API's (doc).",
			Default: "none", Example: `"customers"`, Since: unreleased,
		},
		{
			Name: "tag_name", Min: 1, Max: campaign.MaxTagName, chars: characters{text: true},
			Meaning: "tag at Octopush whose contacts receive the text",
			Detail:  "Exactly one of list_name and tag_name is needed. The limit is the API's (doc).",
			Default: "none", Example: `"vip"`, Since: unreleased,
		},
	}
}

// message are the fields of what recipients read.
func message() []Field {
	return []Field{
		{
			Name: "text", Min: 1, Max: campaign.MaxText, chars: characters{text: true, controls: "\t\n\r"},
			Meaning: "the text, with placeholders such as {first_name}",
			Detail: "Line breaks and tabs are the only control characters that are allowed. Where the law asks for a STOP mention, " +
				"the API refuses a wholesale text without it. The limit is the API's (doc).",
			Default: "none", Example: `"20% off this week, {first_name}. STOP au 30101"`, Since: unreleased,
		},
		{
			Name: "type", Words: []string{campaign.TypePremium, campaign.TypeLowCost},
			Meaning: "kind of message",
			Detail:  "The API is known to refuse a low-cost text that is longer than one SMS (sdk).",
			Default: "none", Example: strconv.Quote(campaign.TypePremium), Since: unreleased,
		},
		{
			Name: "purpose", Words: []string{campaign.PurposeAlert, campaign.PurposeWholesale},
			Meaning: "purpose of the message",
			Detail: "Wholesale is marketing: it goes out in sending windows only, and its text needs a STOP mention where the law " +
				"asks for one. An alert goes out at any hour, and octoq takes it before all wholesale campaigns of its account. The API takes an absent purpose for wholesale (doc), so octoq " +
				"wants it named.",
			Default: "none", Example: strconv.Quote(campaign.PurposeWholesale), Since: unreleased,
		},
		{
			Name: "sender", Min: campaign.MinSender, Max: campaign.MaxSender,
			Form: "of letters A-Z a-z, digits and spaces (no space first or last)", chars: characters{
				pattern: fmt.Sprintf("^([A-Za-z0-9][A-Za-z0-9 ]{%d,}[A-Za-z0-9])?$", campaign.MinSender-2),
			},
			Meaning: "name that phones show as the sender",
			Detail: "The API's rule knows no spaces, its examples have them (doc): octoq warns of one. With with_replies it is not " +
				"shown.",
			Default: "the API's own", Example: `"MyShop"`, Since: unreleased,
		},
	}
}

// sending are the fields that say how Octopush is to send the message.
func sending() []Field {
	return []Field{
		{
			Name:    "send_at",
			Meaning: "time until which Octopush holds the confirmed campaign",
			Detail:  "late says what becomes of a campaign whose send_at has passed when its turn comes.",
			Default: "none: sent as soon as it is confirmed", Example: sampleTime, Since: unreleased,
		},
		{
			Name:    "with_replies",
			Meaning: "asks for the recipients' replies",
			Detail:  "The sender is then a short number (doc).",
			Default: "false", Example: "true", Since: unreleased,
		},
		{
			Name:    "auto_optimize_text",
			Meaning: "lets Octopush rewrite the text to cheaper characters",
			Detail:  "false forbids it.",
			Default: "the API's own, true (doc)", Example: "false", Since: unreleased,
		},
		{
			Name:    "auto_remove_blacklisted_numbers",
			Meaning: "has Octopush leave out numbers that opted out",
			Detail: "It costs 0.01 € more for each request. A newer page of the API calls it auto_delete_optout_contacts (doc); octoq " +
				"sends both names. Which of them counts is unknown.",
			Default: "false", Example: "true", Since: unreleased,
		},
		{
			Name:    "simulation_mode",
			Meaning: "asks Octopush for a fake result; nothing is sent",
			Detail:  "Such a campaign ends as simulated after create: whether its ticket can be polled is unknown.",
			Default: "false", Example: "true", Since: unreleased,
		},
		{
			Name:    "recipient_tracking",
			Meaning: "asks Octopush to track the recipients",
			Detail:  "Only the newest page of the API names it (doc).",
			Default: "false", Example: "true", Since: unreleased,
		},
		{
			Name: "segmentation", Words: []string{campaign.SegmentationFilter, campaign.SegmentationGroup},
			Meaning: "how Octopush takes the contacts",
			Detail:  "Only the newest page of the API names it, with these two words (doc).",
			Default: "none", Example: strconv.Quote(campaign.SegmentationFilter), Since: unreleased,
		},
	}
}

// handling are the fields that octoq reads.
func handling() []Field {
	return []Field{
		{
			Name:    "not_before",
			Meaning: "time before which octoq does not create the campaign",
			Default: "none", Example: `"2030-06-03T08:00:00+02:00"`, Since: unreleased,
		},
		{
			Name:    "expires_at",
			Meaning: "time after which octoq no longer confirms the campaign",
			Detail:  "It has to be after not_before, and not before send_at.",
			Default: "none", Example: `"2030-06-03T20:00:00+02:00"`, Since: unreleased,
		},
		{
			Name: "late", Words: []string{campaign.LateDead, campaign.LateSend},
			Meaning: "what becomes of a campaign whose send_at has passed",
			Detail: fmt.Sprintf("More than %s after its send_at, dead makes it a dead letter, and send sends it all the same, without it. With "+
				"dead, not_before may not be later than that.", strings.TrimSuffix(campaign.LateTolerance.String(), "0s")),
			Default: fmt.Sprintf(workerSetting, "late"), Example: strconv.Quote(campaign.LateSend), Since: unreleased,
		},
		{
			Name: "window", Form: fmt.Sprintf("days, hours, time zone and holidays, such as %s, in up to %d bytes; or %s", sampleWindow, campaign.MaxWindow, campaign.WindowOff),
			chars:   characters{max: campaign.MaxWindow},
			Meaning: "when a wholesale campaign may go out",
			Detail: "Days are Mo to Su, as ranges and lists; left out, every day is meant. Several pairs of days and hours may follow each other. " +
				"Hours are of the clock in the time zone, which is one of the IANA database; holidays= leaves out the public holidays of " +
				"countries. It narrows the account's window: both have to be open. Alert campaigns go out at any hour.",
			Default: "always open", Example: strconv.Quote(sampleWindow), Since: unreleased,
		},
		{
			Name: "confirm", Words: []string{campaign.ConfirmAuto, campaign.ConfirmManual},
			Meaning: "whether a priced campaign is confirmed at once or waits for octoq approve",
			Detail:  "auto confirms it at once, manual waits for a person. What the account demands comes first: auto does not undo it.",
			Default: fmt.Sprintf(workerSetting, "confirm"), Example: strconv.Quote(campaign.ConfirmManual), Since: unreleased,
		},
		{
			Name:    "max_cost",
			Meaning: "price above which a campaign waits for octoq approve",
			Detail:  "In euros; 0 is no limit, and is refused in CSV, where an empty cell says so. A campaign that the API prices higher waits for a person instead of being confirmed.",
			Default: "0", Example: "250", Since: unreleased,
		},
		{
			Name:    "labels",
			Meaning: "words of your own that octoq keeps",
			Detail:  "In CSV, and by --columns, labels.NAME is the column of a single label.",
			Default: "none", Example: `{"shop":"paris","team":"crm"}`, Since: unreleased,
		},
	}
}
