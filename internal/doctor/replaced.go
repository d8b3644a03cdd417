package doctor

import (
	"strconv"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// Replaced warns while a change of Redis's run is younger than a day: campaigns of the
// account are in doubt until then, or until an operator vouches. The birth of an
// account's ledger is none.
func Replaced(account string, changes []record.RedisChange, now time.Time) []Finding {
	const young = 24 * time.Hour
	var found []Finding
	earlier := 0
	for _, c := range changes {
		if c.Birth() {
			continue
		}
		if earlier++; now.Sub(c.FirstSeen) > young {
			continue
		}
		f := warning(CheckReplaced, "Redis was restarted or replaced at "+c.FirstSeen.Format(time.RFC3339)+before(earlier-1)+
			": campaigns from before that may wait for a person, or end as maybe_confirmed, for a day",
			"If it has forgotten nothing, say so: octoq vouch --account "+account+" --reason TEXT.")
		f.Account = account
		found = []Finding{f} // the latest says it all
	}
	return found
}

// Vouched is an operator's last word that Redis has forgotten nothing of an account.
func Vouched(account string, v *record.Vouch) []Finding {
	if v == nil {
		return nil
	}
	f := ok(CheckReplaced, v.By+" vouched at "+v.At.Format(time.RFC3339)+" that Redis had forgotten nothing: "+v.Why)
	f.Account = account
	return []Finding{f}
}

// before names the changes before the latest, which a vouch covers as well.
func before(earlier int) string {
	switch earlier {
	case 0:
		return ""
	case 1:
		return ", and once before"
	default:
		return ", and " + strconv.Itoa(earlier) + " times before"
	}
}
