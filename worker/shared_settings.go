package worker

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/octoq/octoq/internal/octopush"
)

// sharedSettings are the settings that all workers of an account have to share, as
// readable texts by the names that octoq's settings have. Of the login it has the
// beginning of its hash.
func (c Config) sharedSettings(a Account) map[string]string {
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
