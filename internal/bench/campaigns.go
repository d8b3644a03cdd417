package bench

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

const idPrefix = "bench-"

// ID is the id of the i-th campaign, and the name of its list: the stand-in for
// the API distinguishes campaigns by it.
func ID(i int) string { return fmt.Sprintf("%s%08d", idPrefix, i) }

// Index is the reverse of ID; ok is false for any other id.
func Index(id string) (i int, ok bool) {
	digits, found := strings.CutPrefix(id, idPrefix)
	i, err := strconv.Atoi(digits)
	return i, found && err == nil && i >= 0 && ID(i) == id
}

// Campaign is the i-th campaign of an account: an ordinary one of the kind that
// marketing sends.
func Campaign(account string, i int) campaign.Campaign {
	optimize := false
	return campaign.Campaign{
		ID: ID(i), Account: account, ListName: ID(i),
		Text: "Hello {first_name}, from Monday to Saturday everything in the shop is 20 % off, " +
			"online as well with the code SPRING. See you soon! STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Sender: "TheShop",
		AutoOptimizeText: &optimize,
		Labels:           map[string]string{"season": "spring", "team": "marketing"},
	}
}

// Campaigns are the campaigns from up to but without to. A time that is not
// zero is when they may first be created.
func Campaigns(account string, from, to int, notBefore time.Time) iter.Seq[campaign.Campaign] {
	return func(yield func(campaign.Campaign) bool) {
		for i := from; i < to; i++ {
			c := Campaign(account, i)
			c.NotBefore = notBefore
			if !yield(c) {
				return
			}
		}
	}
}
