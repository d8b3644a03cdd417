package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Fault is one thing that is wrong with a campaign.
type Fault struct {
	// Column is the column of a spreadsheet that the fault is in, from 1, and
	// Header what its header says where that is not the field's name.
	Column int    `json:"column,omitempty"`
	Header string `json:"header,omitempty"`
	// Field is the field's JSON name; empty when the whole input is meant.
	Field string `json:"field,omitempty"`
	// Problem says what is wrong, as the rest of a sentence that begins with the
	// field; what is allowed, too, unless Remedy does.
	Problem string `json:"problem"`
	// Remedy says what to do about it, where Problem does not.
	Remedy string `json:"remedy,omitempty"`
}

// String is the fault on one line.
func (f Fault) String() string {
	var b strings.Builder
	if f.Column > 0 {
		fmt.Fprintf(&b, "column %d", f.Column)
		if f.Header != "" {
			b.WriteString(" (" + printable(f.Header) + ")")
		}
		if f.Field != "" {
			b.WriteString(", ")
		}
	}
	b.WriteString(f.Field)
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(f.Problem)
	if f.Remedy != "" {
		b.WriteString(": " + f.Remedy)
	}
	return b.String()
}

// ValidationError lists everything that is wrong with a campaign.
type ValidationError struct {
	ID     string // as given, possibly empty or itself at fault
	Faults []Fault
}

func (e *ValidationError) Error() string {
	var b strings.Builder
	b.WriteString("campaign ")
	if e.ID != "" {
		b.WriteString(quote(e.ID) + " ")
	}
	b.WriteString("is invalid")
	separator := ": "
	for _, f := range e.Faults {
		b.WriteString(separator + f.String())
		separator = "; "
	}
	return b.String()
}

// Is makes errors.Is(err, ErrInvalid) true.
func (e *ValidationError) Is(target error) bool { return target == ErrInvalid }

// faults collects what is wrong.
type faults []Fault

func (f *faults) add(field, format string, args ...any) {
	*f = append(*f, Fault{Field: field, Problem: fmt.Sprintf(format, args...)})
}

// addIf adds a problem unless it is empty.
func (f *faults) addIf(field, problem string) {
	if problem != "" {
		*f = append(*f, Fault{Field: field, Problem: problem})
	}
}

// Validate reports every fault of the campaign at once, as a ValidationError.
// It is strict because the API is not: it carries out what it does not
// understand with its own defaults (doc).
//
// An empty id or account is no fault: both are filled in when the campaign is
// enqueued. Warnings reports what is possible but doubtful.
func (c Campaign) Validate() error {
	if found := c.faults(); len(found) > 0 {
		return &ValidationError{ID: c.ID, Faults: found}
	}
	return nil
}

func (c *Campaign) faults() faults {
	found := c.fieldFaults()
	c.checkOrder(&found)
	return found
}

func (c *Campaign) fieldFaults() faults {
	var found faults
	c.checkIdentity(&found)
	c.checkAudience(&found)
	c.checkMessage(&found)
	c.checkTimes(&found)
	c.checkHandling(&found)
	return found
}

func (c *Campaign) checkIdentity(found *faults) {
	if c.ID != "" && !ValidID(c.ID) {
		found.add("id", "%s is no id: 1 to %d of A-Z a-z 0-9 . _ - are allowed, and neither . nor .. alone", quote(c.ID), MaxID)
	}
	if c.Account != "" && !ValidAccount(c.Account) {
		found.add("account", "%s is no account: 1 to %d of a-z 0-9 _ - are allowed, beginning with a letter or digit", quote(c.Account), MaxAccount)
	}
}

func (c *Campaign) checkAudience(found *faults) {
	switch {
	case c.ListName == "" && c.TagName == "":
		found.add("list_name", "is missing, and so is tag_name: exactly one of them says who receives the text")
	case c.ListName != "" && c.TagName != "":
		found.add("list_name", "stands beside tag_name: exactly one of them is allowed")
	}
	found.addIf("list_name", nameProblem(c.ListName, MaxListName))
	found.addIf("tag_name", nameProblem(c.TagName, MaxTagName))
}

func (c *Campaign) checkMessage(found *faults) {
	found.addIf("text", textProblem(c.Text))
	found.addIf("type", wordProblem(c.Type, true, types))
	found.addIf("purpose", wordProblem(c.Purpose, true, purposes))
	found.addIf("sender", senderProblem(c.Sender))
	found.addIf("segmentation", wordProblem(c.Segmentation, false, segmentations))
}

func (c *Campaign) checkTimes(found *faults) {
	found.addIf("send_at", timeProblem(c.SendAt))
	found.addIf("not_before", timeProblem(c.NotBefore))
	found.addIf("expires_at", timeProblem(c.ExpiresAt))
	found.addIf("late", wordProblem(c.Late, false, lates))
	found.addIf("window", windowProblem(c.Window))
	if !c.ExpiresAt.IsZero() && !c.NotBefore.IsZero() && !c.ExpiresAt.After(c.NotBefore) {
		found.add("expires_at", "is not after not_before: the campaign could never be sent")
	}
}

// checkOrder refuses times that contradict each other. Campaigns that were
// enqueued before these rules may break them.
func (c *Campaign) checkOrder(found *faults) {
	if c.SendAt.IsZero() {
		return
	}
	if !c.ExpiresAt.IsZero() && c.ExpiresAt.Before(c.SendAt) {
		found.add("expires_at", "is before send_at: Octopush would send the campaign after it has expired")
	}
	if c.Late == LateDead && c.NotBefore.After(c.SendAt.Add(LateTolerance)) {
		found.add("not_before", "is after send_at, and late is %s: the campaign could never be sent", LateDead)
	}
}

func (c *Campaign) checkHandling(found *faults) {
	found.addIf("confirm", wordProblem(c.Confirm, false, confirms))
	if c.MaxCost < 0 {
		found.add("max_cost", "is negative (%s): 0 means no limit", c.MaxCost)
	}
	c.checkLabels(found)
}

// labelPrefix begins the field of a fault of one label: labels.shop.
const labelPrefix = "labels."

func (c *Campaign) checkLabels(found *faults) {
	if len(c.Labels) > MaxLabels {
		found.add("labels", "are %d: at most %d are allowed", len(c.Labels), MaxLabels)
		return
	}
	if labelsFine(c.Labels) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		field := labelPrefix + printable(name)
		found.addIf(field, labelNameProblem(name))
		found.addIf(field, labelProblem(c.Labels[name]))
	}
}

// labelsFine spares good labels the sorting.
func labelsFine(labels map[string]string) bool {
	for name, value := range labels {
		if labelNameProblem(name) != "" || labelProblem(value) != "" {
			return false
		}
	}
	return true
}

// timeProblem says what is wrong with a time that is set.
func timeProblem(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if y := t.Year(); y < MinYear || y > MaxYear {
		return fmt.Sprintf("is in the year %d: %d to %d are allowed", y, MinYear, MaxYear)
	}
	if _, offset := t.Zone(); offset%60 != 0 || offset <= -24*60*60 || offset >= 24*60*60 {
		return "has an offset that cannot be written: whole minutes below 24 hours are allowed"
	}
	return ""
}
