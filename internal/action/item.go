package action

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
)

// planned is one campaign of a plan, as it was seen.
type planned struct {
	ID       string         `json:"i"`
	Tag      string         `json:"t"`
	Cost     campaign.Money `json:"c,omitempty"`
	Contacts int            `json:"n,omitempty"`
}

func plannedOf(r campaign.Record) planned {
	return planned{ID: r.ID(), Tag: tagOf(r), Cost: r.Cost, Contacts: r.Contacts}
}

// tagOf names a state of a campaign: its record's tag or, as long as it waits in its
// queue without a record, when it was enqueued.
func tagOf(r campaign.Record) string {
	if tag := admin.Tag(r); tag != "" {
		return tag
	}
	return "queued." + strconv.FormatInt(r.EnqueuedAt.UnixMilli(), 10)
}

// clipped bounds what is kept of a reason.
func clipped(reason string) string {
	const most = 500
	if runes := []rune(reason); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return reason
}

func encode(all []planned) ([]any, error) {
	lines := make([]any, len(all))
	for i, p := range all {
		line, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("write campaign %s into a plan: %w", p.ID, err)
		}
		lines[i] = string(line)
	}
	return lines, nil
}

func decode(lines []string) ([]planned, error) {
	all := make([]planned, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &all[i]); err != nil {
			return nil, fmt.Errorf("read a campaign of a plan: %w", err)
		}
	}
	return all, nil
}

// writeToken names the write of one campaign of an action: a process that finds it in a record
// knows that nothing was written since.
func writeToken(action, id string) string {
	const enough = 10 // bytes, as many as random tokens have
	sum := sha256.Sum256([]byte(action + "\x00" + id))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:enough]))
}
