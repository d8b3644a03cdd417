package resultstore

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/result"
)

// What stands for a status in an entry that counts a reply or an opt-out.
const (
	statusReply  = 254
	statusOptOut = 255
)

// entryOf is a report in the journal; lua/fold.lua says what it is made of.
func entryOf(h phone.Hasher, r result.DeliveryReport, came time.Time) []byte {
	code := r.Status.Code()
	entry := newEntry(h.Hash(r.Number), byte(code), r.At, came)
	entry = append(entry, r.Ticket...)
	if code == 0 {
		entry = append(append(entry, ' '), r.Status...)
	}
	return entry
}

// countingEntry has a reply or an opt-out counted in the results of its ticket; it is
// empty where there is no ticket. Of a number one opt-out counts, and every other reply.
func countingEntry(h phone.Hasher, status byte, m result.Inbound, came time.Time) []byte {
	if m.Ticket == "" {
		return nil
	}
	hash := h.Hash(m.Number)
	if status == statusReply {
		hash = h.Sign(m.Number + "\n" + m.Text + "\n" + m.At.String())
	}
	return append(newEntry(hash, status, m.At, came), m.Ticket...)
}

func newEntry(hash string, status byte, at, came time.Time) []byte {
	entry, _ := hex.DecodeString(hash) // it is hexadecimal
	entry = append(entry, status)
	entry = binary.BigEndian.AppendUint32(entry, seconds(at))
	return binary.BigEndian.AppendUint32(entry, seconds(came))
}

// seconds is a time since 1970, 0 for none.
func seconds(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(t.Unix()) //nolint:gosec // it is a year of this century
}
