package task

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
)

// firstPayload has short names because a million of them may wait in Redis.
// The campaign's id and account are left out: the task's id and queue say them.
type firstPayload struct {
	Version  int                `json:"v"`
	At       int64              `json:"t"` // milliseconds since 1970
	Origin   string             `json:"o,omitempty"`
	Nonce    string             `json:"n,omitempty"`
	Campaign *campaign.Campaign `json:"c"`
}

func (t *Task) readFirst(payload []byte) error {
	var p firstPayload
	if err := readVersioned(payload, &p); err != nil {
		return err
	}
	if p.Campaign == nil {
		return errors.New("payload holds no campaign")
	}
	f := First{Campaign: *p.Campaign, EnqueuedAt: time.UnixMilli(p.At).UTC(), Origin: p.Origin, Nonce: p.Nonce}
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
	return checkText(&f.Campaign)
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
