package budget

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/zone"
)

// Per is the length of a budget's periods.
type Per string

// The lengths.
const (
	PerDay   Per = "day"
	PerWeek  Per = "week" // from Monday on
	PerMonth Per = "month"
)

// Over is what becomes of a campaign for which a budget has not enough left.
type Over string

// What may become of it.
const (
	OverAsk  Over = "ask"  // it waits for a person, who may approve it beyond the budget
	OverWait Over = "wait" // it waits for the next period
	OverDead Over = "dead" // it becomes a dead letter
)

// DefaultZone is the time zone of a budget that names none.
const DefaultZone = "UTC"

// SourceConfig marks what comes from the config file of workers, and is changed there.
const SourceConfig = "config"

// SourceCommand marks what was set by a command or the API.
const SourceCommand = "command"

// Budget bounds what campaigns may cost in a period. The JSON names are stable.
type Budget struct {
	Name string `json:"name"`
	// Label is "" for all campaigns, K for those with that label, each of whose values
	// has the amount for itself, or K=V for those with that value.
	Label    string         `json:"label,omitempty"`
	Per      Per            `json:"per"`
	Amount   campaign.Money `json:"amount"`
	Contacts int            `json:"contacts,omitempty"` // 0: they are not bounded
	Zone     string         `json:"zone,omitempty"`     // "": DefaultZone
	Over     Over           `json:"over,omitempty"`     // "": OverAsk
	Source   string         `json:"source,omitempty"`
}

// maxAmount keeps the sums of a period well within what Redis adds up exactly in Lua.
const maxAmount = 1_000_000_000 * campaign.Euro

const maxContacts = 1_000_000_000

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// WithDefaults is the budget with its defaults filled in.
func (b Budget) WithDefaults() Budget {
	if b.Zone == "" {
		b.Zone = DefaultZone
	}
	if b.Over == "" {
		b.Over = OverAsk
	}
	return b
}

// Validate names all faults of a budget. Its error is campaign.ErrInvalid.
func (b Budget) Validate() error {
	b = b.WithDefaults()
	var faults []error
	fault := func(when bool, format string, args ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(!nameForm.MatchString(b.Name), "name is %q: want 1 to 32 of a-z 0-9 _ -, beginning with a letter or digit", b.Name)
	fault(b.Per != PerDay && b.Per != PerWeek && b.Per != PerMonth, "per is %q: want day, week or month", b.Per)
	fault(b.Amount <= 0 || b.Amount > maxAmount, "amount is %s: want more than 0, and 1,000,000,000 at most", b.Amount)
	fault(b.Contacts < 0 || b.Contacts > maxContacts, "contacts is %d: want 0 (no bound) to %d", b.Contacts, maxContacts)
	fault(b.Over != OverAsk && b.Over != OverWait && b.Over != OverDead, "over is %q: want ask, wait or dead", b.Over)
	_, err := zone.Load(b.Zone)
	fault(err != nil, "zone is %q: want a time zone such as Europe/Paris", b.Zone)
	fault(!labelFine(b.Label), "label is %q: want the name of a label, or NAME=VALUE", b.Label)
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: budget %q: %w", campaign.ErrInvalid, b.Name, errors.Join(faults...))
}

// labelFine reports whether a label can be one of a campaign's.
func labelFine(label string) bool {
	name, value, exact := strings.Cut(label, "=")
	if label == "" {
		return true
	}
	if exact && value == "" {
		return false
	}
	if value == "" {
		value = "x"
	}
	c := campaign.Campaign{Labels: map[string]string{name: value}}
	invalid, ok := errors.AsType[*campaign.ValidationError](c.Validate())
	if !ok {
		return true
	}
	for _, f := range invalid.Faults {
		if strings.HasPrefix(f.Field, "labels") {
			return false
		}
	}
	return true
}

// Covers reports whether a campaign with these labels counts in the budget, and under
// which value, which is "" where all of the budget is one amount.
func (b Budget) Covers(labels map[string]string) (value string, covers bool) {
	name, want, exact := strings.Cut(b.Label, "=")
	if name == "" {
		return "", true
	}
	has, labelled := labels[name]
	switch {
	case !labelled:
		return "", false
	case exact:
		return "", has == want
	default:
		return has, true
	}
}

// Period is the budget's period at a moment. It fails only for a zone that does not
// exist.
func (b Budget) Period(at time.Time) (Period, error) {
	b = b.WithDefaults()
	where, err := zone.Load(b.Zone)
	if err != nil {
		return Period{}, fmt.Errorf("budget %s: %w", b.Name, err)
	}
	return periodOf(b.Per, at, where), nil
}

// PeriodNamed is the budget's period of a key; ok is false for a key that the budget has
// no period of.
func (b Budget) PeriodNamed(key string) (p Period, ok bool) {
	b = b.WithDefaults()
	where, err := zone.Load(b.Zone)
	if err != nil {
		return Period{}, false
	}
	first, ok := firstOf(b.Per, key)
	if !ok {
		return Period{}, false
	}
	return Period{Key: key, Start: first.begins(where), End: following(b.Per, first).begins(where)}, true
}

// String is the budget for people: "team (500.00 € a month)".
func (b Budget) String() string {
	text := b.Name + " (" + b.Amount.String()
	if b.Contacts > 0 {
		text += fmt.Sprintf(" or %d contacts", b.Contacts)
	}
	return text + " a " + string(b.Per) + ")"
}
