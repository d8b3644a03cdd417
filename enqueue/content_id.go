package enqueue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
)

// contentPrefix begins the ids that are made of content.
const contentPrefix = "auto-"

// NameByContent is a Rule that gives a campaign without an id the one of its
// content: the account and all that the campaign says, however that is spelled
// (see campaign.Campaign.Normal). So a file that is read again, after an
// interruption or with a line corrected, enqueues nothing twice.
//
// Older versions of octoq made their id of the spelling: another one, unless all
// times were in UTC. What is known under that id is known still: EnqueueAll looks
// for both, and its results have the id that is known.
func NameByContent(c campaign.Campaign) (campaign.Campaign, error) {
	if c.ID != "" {
		return c, nil
	}
	var err error
	c.ID, err = contentID(content.Normal(c))
	return c, err
}

// spelledID is the id that older versions made of a campaign whose id is made of
// its content; empty where that is the same one, and for every other id.
func spelledID(c campaign.Campaign) string {
	if !strings.HasPrefix(c.ID, contentPrefix) {
		return ""
	}
	normal := content.Normal(c)
	if normal.Window == c.Window && !hasOffset(c.SendAt, c.NotBefore, c.ExpiresAt) {
		return ""
	}
	if id, err := contentID(normal); err != nil || id != c.ID {
		return ""
	}
	spelled, _ := contentID(c) // never fails where that of the normal one did not
	return spelled
}

// keepOldIDs gives the id that an older version made to each campaign that is
// known under it, so that a file which such a version began goes on under its
// ids. The queue is asked before the ledger: a campaign that leaves the one is
// in the other.
func (c *Client) keepOldIDs(ctx context.Context, s *accountBatch) error {
	var at []int
	var ids []string
	for i := range s.items {
		if s.items[i].formerID != "" {
			at, ids = append(at, i), append(ids, s.items[i].formerID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	queued, err := c.producer.Has(ctx, s.account, ids)
	if err != nil {
		return err
	}
	known, err := c.ledger.Known(ctx, s.account, ids)
	if err != nil {
		return err
	}
	for n, i := range at {
		if queued[n] || known[n] {
			s.items[i].campaign.ID = ids[n]
		}
	}
	for i := range s.repeated {
		s.repeated[i].campaign.ID = s.items[s.repeated[i].original].campaign.ID
	}
	return nil
}

// contentID is made of the JSON of a campaign without its id.
func contentID(c campaign.Campaign) (string, error) {
	c.ID = ""
	text, err := json.Marshal(content.WithDefaults(c))
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	const bits = 128
	sum := sha256.Sum256(text)
	return contentPrefix + hex.EncodeToString(sum[:bits/8]), nil
}

func hasOffset(times ...time.Time) bool {
	for _, t := range times {
		if _, seconds := t.Zone(); seconds != 0 {
			return true
		}
	}
	return false
}
