package queue

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/task"
)

// FirstOf is a campaign's first create, due when the campaign is. The origin was
// asked for before the task is written (see AskOrigin).
func FirstOf(c campaign.Campaign, origin Origin) Item {
	return Item{
		At: c.NotBefore,
		Task: task.Task{Account: c.Account, ID: c.ID, Step: task.FirstStep(), First: &task.First{
			Campaign: c, EnqueuedAt: origin.At, Origin: origin.RunID, Nonce: nonce(),
		}},
	}
}

// nonce lets a producer recognise its own task when Redis's answer was lost.
func nonce() string {
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
