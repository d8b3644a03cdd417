package task

import (
	"errors"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
)

// maxUnread bounds how much of an unreadable payload a letter keeps, in bytes.
const maxUnread = 64 << 10

type letterPayload struct {
	Version  int                `json:"version"`
	Campaign *campaign.Campaign `json:"campaign"`
	Failure  *campaign.Failure  `json:"failure"`
	Refused  string             `json:"refused,omitempty"`
	Unread   string             `json:"unread,omitempty"`
}

func (l Letter) payload() ([]byte, error) {
	return write(letterPayload{
		Version: version(l.Campaign), Campaign: &l.Campaign, Failure: &l.Failure, Refused: l.Refused, Unread: l.Unread,
	}, "  ")
}

func (t *Task) readLetter(payload []byte) error {
	var p letterPayload
	if err := readVersioned(payload, &p); err != nil {
		return err
	}
	if p.Campaign == nil || p.Failure == nil {
		return errors.New("payload lacks its campaign or its failure")
	}
	if err := t.owns(p.Campaign); err != nil {
		return err
	}
	t.Letter = &Letter{Campaign: *p.Campaign, Failure: *p.Failure, Refused: p.Refused, Unread: p.Unread}
	return nil
}

// Printable is an unreadable payload as a letter keeps it: as it is when it is
// text, otherwise quoted; at most 64 KiB of it.
func Printable(payload []byte) string {
	s := string(payload)
	if len(s) > maxUnread {
		s = s[:maxUnread]
		for range utf8.UTFMax - 1 { // a cut may have gone through a character
			if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
				break
			}
			s = s[:len(s)-1]
		}
	}
	if !isText(s) {
		s = strconv.QuoteToASCII(s)
	}
	return s[:min(len(s), maxUnread)]
}

func isText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}
