package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/zone"
)

// Schedule is a recurring campaign as it is kept.
type Schedule struct {
	Name    string `json:"name"`
	Account string `json:"account"`
	// Cron is a cron expression, see ParseExpression; Zone an IANA name, such as
	// Europe/Paris.
	Cron   string `json:"cron"`
	Zone   string `json:"zone"`
	Missed Missed `json:"missed"`
	// ExpiresAfter, if above zero, is how long after its tick a campaign may
	// still be confirmed.
	ExpiresAfter Span `json:"expires_after,omitzero"`
	// Template is a campaign in JSON whose id, and any of its texts, hold
	// {{tick}}, {{date}} or {{time}}.
	Template  json.RawMessage `json:"campaign"`
	CreatedAt time.Time       `json:"created_at"`
	CreatedBy string          `json:"created_by"`
	// Paused: it has no ticks until it is resumed; those that pass meanwhile are missed.
	// An octoq that does not know this leaves the schedule alone.
	Paused bool `json:"paused,omitempty"`
}

// Span is a time.Duration that is text in JSON.
type Span time.Duration

// MarshalText writes a span such as 2h0m0s.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}

const version = 1

type stored struct {
	Version int `json:"v"`
	Schedule
}

// Encode is the schedule as Redis holds it.
func (s Schedule) Encode() (string, error) {
	b, err := json.Marshal(stored{Version: version, Schedule: s})
	if err != nil {
		return "", fmt.Errorf("write schedule %s/%s: %w", s.Account, s.Name, err)
	}
	return string(b), nil
}

// Decode reads a schedule. What a newer octoq wrote is campaign.ErrVersion:
// leaving out what is not understood could send what was not meant.
func Decode(text string) (Schedule, error) {
	var head struct {
		Version int `json:"v"`
	}
	err := json.Unmarshal([]byte(text), &head)
	if err == nil && head.Version != version {
		err = fmt.Errorf("%w %d", campaign.ErrVersion, head.Version)
	}
	var s stored
	if err == nil {
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.DisallowUnknownFields()
		err = d.Decode(&s)
	}
	if err != nil {
		return Schedule{}, fmt.Errorf("read a schedule: %w", err)
	}
	return s.Schedule, nil
}

// InvalidError lists everything that is wrong with a schedule and its campaign.
type InvalidError struct {
	Name   string
	Faults []campaign.Fault
}

func (e *InvalidError) Error() string {
	said := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		said[i] = f.String()
	}
	return fmt.Sprintf("schedule %q is invalid: %s", e.Name, strings.Join(said, "; "))
}

// Is makes errors.Is(err, campaign.ErrInvalid) true.
func (e *InvalidError) Is(target error) bool { return target == campaign.ErrInvalid }

// Plan is a schedule that was checked.
type Plan struct {
	Schedule
	Expression
}

// Plan checks everything about a schedule, its template rendered with its next
// tick included. The error is an InvalidError with every fault, those among
// them that were found while the template was made.
func (s Schedule) Plan(templateFaults ...campaign.Fault) (Plan, error) {
	faults := s.faults()
	when, tick, bad := s.ticks()
	faults = append(faults, bad...)
	p := Plan{Schedule: s, Expression: when}
	faults = append(faults, templateFaults...)
	if len(templateFaults) == 0 {
		c, err := p.campaign(tick)
		if err != nil {
			faults = append(faults, faultsOf(err)...)
		} else {
			faults = append(faults, checkTemplate(s.Template, s.Account, c)...)
		}
	}
	if len(faults) > 0 {
		return Plan{}, &InvalidError{Name: s.Name, Faults: faults}
	}
	return p, nil
}

func (s Schedule) faults() []campaign.Fault {
	var faults []campaign.Fault
	const longest = 64
	odd := strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyz0123456789_-")
	if s.Name == "" || len(s.Name) > longest || odd != "" {
		faults = append(faults, campaign.Fault{Field: "name", Problem: "must be 1 to 64 of a-z 0-9 _ -"})
	}
	if !campaign.ValidAccount(s.Account) {
		faults = append(faults, campaign.Fault{Field: "account", Problem: fmt.Sprintf("%q is no account", s.Account)})
	}
	if s.Missed != MissedSkip && s.Missed != MissedOnce {
		faults = append(faults, campaign.Fault{Field: "missed", Problem: fmt.Sprintf("%q is neither skip nor once", s.Missed)})
	}
	if s.ExpiresAfter < 0 {
		faults = append(faults, campaign.Fault{Field: "expires_after", Problem: "must be above 0"})
	}
	return faults
}

// ticks reads expression and zone; tick is the next one, or a sample.
func (s Schedule) ticks() (e Expression, tick time.Time, faults []campaign.Fault) {
	in, err := zoneOf(s.Zone)
	if err != nil {
		faults = append(faults, campaign.Fault{Field: "zone", Problem: err.Error()})
		in = time.UTC
	}
	e, err = ParseExpression(s.Cron, in)
	if err != nil {
		return e, sample(), append(faults, campaign.Fault{Field: "cron", Problem: fmt.Sprintf("%q: %v", s.Cron, err)})
	}
	if tick = e.Next(s.CreatedAt); tick.IsZero() {
		return e, sample(), append(faults, campaign.Fault{Field: "cron", Problem: fmt.Sprintf("%q has no tick within five years", s.Cron)})
	}
	return e, tick, faults
}

// zoneOf refuses the zone of the machine, which is another on the next one.
func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("must be named, such as Europe/Paris or UTC")
	}
	loaded, err := zone.Load(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no known time zone: name it as Europe/Paris or UTC", name)
	}
	return loaded, nil
}

// Campaign is the campaign of a tick. It is invalid, with every fault, when
// this octoq's rules refuse it.
func (p Plan) Campaign(tick time.Time) (campaign.Campaign, error) {
	c, err := p.campaign(tick)
	if err != nil {
		return c, err
	}
	c.Account = p.Account
	if p.ExpiresAfter > 0 {
		c.ExpiresAt = tick.Add(time.Duration(p.ExpiresAfter))
	}
	return c, nil
}

// campaign is the template with a tick filled in, and nothing else.
func (p Plan) campaign(tick time.Time) (campaign.Campaign, error) {
	return input.Decode([]byte(render(string(p.Template), tick)))
}
