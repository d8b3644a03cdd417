package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/octoq/octoq/campaign"
)

// contentID is the id of a campaign of a file that names none. It is made of
// all that the campaign says, so that a file that is started again, after an
// interruption or with a line mended, does not send what it has sent before.
func contentID(c campaign.Campaign) (string, error) {
	content, err := json.Marshal(c.WithDefaults())
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	const bits = 128
	sum := sha256.Sum256(content)
	return "auto-" + hex.EncodeToString(sum[:bits/8]), nil
}
