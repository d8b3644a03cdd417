package task

import (
	"encoding/json"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Readable is a payload for people to look at: JSON with names in full. One
// that cannot be read is shown as Printable gives it.
func Readable(typename string, payload []byte) string {
	if typename == TypeName(campaign.StageCreate) {
		if p, err := readFirstPayload(payload); err == nil {
			return readableFirst(p)
		}
	}
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		return Printable(payload)
	}
	// Only the white space changes: a person's order of the fields stays.
	b, err := write(json.RawMessage(payload), "  ")
	if err != nil {
		return Printable(payload)
	}
	return string(b)
}

func readableFirst(p firstPayload) string {
	traceID, _ := (&First{Nonce: p.Nonce}).trace()
	b, err := write(struct {
		Version    int                `json:"version"`
		EnqueuedAt time.Time          `json:"enqueued_at"`
		Origin     string             `json:"origin,omitempty"`
		Nonce      string             `json:"nonce,omitempty"`
		TraceID    string             `json:"trace_id,omitempty"`
		EnqueuedBy string             `json:"enqueued_by,omitempty"`
		Authors    []string           `json:"authors,omitempty"`
		Campaign   *campaign.Campaign `json:"campaign"`
	}{p.Version, time.UnixMilli(p.At).UTC(), p.Origin, p.Nonce, traceID, p.By, p.Authors, p.Campaign}, "  ")
	if err != nil {
		return ""
	}
	return string(b)
}
