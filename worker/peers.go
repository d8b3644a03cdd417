package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/peers"
)

// comparison notices other workers of the account that work by other settings.
type comparison struct {
	store   *peers.Store
	account string
	self    peers.PeerWorker
	log     zerolog.Logger

	due   time.Time                 // of the next look
	known []peers.SettingDifference // those of the last look
}

// look compares, once a minute, and says what has changed since the last time.
// Where Redis is in trouble it says nothing, others do, and the next one tries again.
func (c *comparison) look(ctx context.Context, now time.Time) {
	if now.Before(c.due) {
		return
	}
	living, err := c.store.Announce(ctx, c.account, c.self)
	if err != nil {
		return
	}
	c.due = now.Add(peers.Every)
	differences := peers.Differences(living)
	defer func() { c.known = differences }()
	switch {
	case peers.Same(c.known, differences):
	case len(differences) == 0:
		c.log.Info().Msg("workers of this account work by the same settings again")
	default:
		texts := make([]string, len(differences))
		for i, d := range differences {
			texts[i] = d.String()
		}
		c.log.Warn().Strs("differences", texts).
			Msg("workers of this account work by different settings: give them the same ones")
	}
}

// leave says that this worker is gone. What Redis does not hear ends by itself.
func (c *comparison) leave(ctx context.Context) {
	const patience = time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = c.store.Leave(ctx, c.account, c.self.ID)
}

// common are the settings that all workers of an account have to share, as
// readable texts by the names that octoq's settings have. The login is there as
// the beginning of its hash.
func common(c Config, a Account) map[string]string {
	login := sha256.Sum256([]byte(a.Login))
	s := map[string]string{
		"api_url": strings.TrimRight(a.APIURL, "/"), "api_login": "#" + hex.EncodeToString(login[:4]),
		"rate": "no limit", "max_in_flight": "no limit",
		"confirm": a.Confirm, "late": a.Late, "lost_ticket": a.LostTicket, "window": strings.Join(strings.Fields(a.Window), " "),
		"deadline": a.Deadline.String(), "retention": c.Retention.String(),
	}
	if s["api_url"] == "" {
		s["api_url"] = octopush.DefaultBaseURL
	}
	if s["window"] == "" || s["window"] == "off" {
		s["window"] = "always open"
	}
	if a.Rate > 0 {
		s["rate"] = strconv.FormatFloat(a.Rate, 'f', -1, 64)
		s["burst"] = strconv.Itoa(a.Burst)
	}
	if a.MaxInFlight > 0 {
		s["max_in_flight"] = strconv.Itoa(a.MaxInFlight)
	}
	return s
}
