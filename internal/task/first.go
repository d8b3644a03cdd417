package task

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/actor"
)

// firstPayload has short names because a million of them may wait in Redis.
// The campaign's id and account are left out: the task's id and queue say them.
type firstPayload struct {
	Version  int                `json:"v"`
	At       int64              `json:"t"` // milliseconds since 1970
	Origin   string             `json:"o,omitempty"`
	Nonce    string             `json:"n,omitempty"`
	By       string             `json:"b,omitempty"`
	Authors  []string           `json:"a,omitempty"`
	Campaign *campaign.Campaign `json:"c"`
}

// What most campaigns are, a short payload leaves out.
const (
	usualType    = campaign.TypePremium
	usualPurpose = campaign.PurposeWholesale
)

// readFirstPayload reads the payload of a first create, and fills in what it leaves out.
func readFirstPayload(payload []byte) (firstPayload, error) {
	var p firstPayload
	if err := readVersioned(payload, &p); err != nil {
		return p, err
	}
	if p.Campaign == nil {
		return p, errors.New("payload holds no campaign")
	}
	if p.Version >= short {
		p.Campaign.Type, p.Campaign.Purpose = cmp.Or(p.Campaign.Type, usualType), cmp.Or(p.Campaign.Purpose, usualPurpose)
	}
	return p, nil
}

func (t *Task) readFirst(payload []byte) error {
	p, err := readFirstPayload(payload)
	if err != nil {
		return err
	}
	f := First{
		Campaign: *p.Campaign, EnqueuedAt: time.UnixMilli(p.At).UTC(), Origin: p.Origin, Nonce: p.Nonce,
		EnqueuedBy: p.By, Authors: p.Authors,
	}
	if f.Campaign.ID == "" {
		f.Campaign.ID = t.ID
	}
	if f.Campaign.Account == "" {
		f.Campaign.Account = t.Account
	}
	if err := errors.Join(t.owns(&f.Campaign), f.check()); err != nil {
		return err
	}
	t.First = &f
	return nil
}

func (f *First) check() error {
	if len(f.Origin) > MaxOrigin {
		return fmt.Errorf("the origin has %d characters, a run_id has %d", len(f.Origin), MaxOrigin)
	}
	if len(f.Nonce) > maxNonce || !utf8.ValidString(f.Nonce) || !utf8.ValidString(f.Origin) {
		return fmt.Errorf("the nonce is not text of at most %d bytes", maxNonce)
	}
	return errors.Join(f.checkAuthors(), checkText(&f.Campaign))
}

// checkAuthors refuses names that cannot be kept.
func (f *First) checkAuthors() error {
	const most = 16
	if len(f.Authors) > most {
		return fmt.Errorf("there are %d authors, at most %d are allowed", len(f.Authors), most)
	}
	if f.EnqueuedBy == "" && len(f.Authors) == 0 {
		return nil
	}
	for _, name := range slices.Concat([]string{f.EnqueuedBy}, f.Authors) {
		if err := actor.Check(name); err != nil {
			return fmt.Errorf("the name %.60q of its producer or an author %w", name, err)
		}
	}
	return nil
}

// checkText refuses broken UTF-8, which JSON would replace without a word: a
// campaign must not be sent with another text than was asked for.
func checkText(c *campaign.Campaign) error {
	for _, s := range [...]string{c.ListName, c.TagName, c.Text, c.Type, c.Purpose, c.Sender, c.Segmentation, c.Confirm, c.Late, c.Window} {
		if !utf8.ValidString(s) {
			return notText(s)
		}
	}
	for name, value := range c.Labels {
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return notText(name + "=" + value)
		}
	}
	return nil
}

func notText(s string) error { return fmt.Errorf("%.60q in the campaign is not valid UTF-8", s) }
