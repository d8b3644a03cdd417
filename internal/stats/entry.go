package stats

import (
	"slices"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Entry is what a change of a record means for the figures of its account.
type Entry struct {
	// Text is what to count, without its time; "" where the change ends no run:
	// outcome, contacts, money and dimensions, divided by spaces.
	Text string
	// Forced: the next run makes another ticket although the one before may have been
	// sent. What was counted for that stays, if the new ticket costs money, too.
	Forced bool
	// Adds: money is counted for the ticket that the record has, so after Forced in
	// addition to what was counted for another one.
	Adds bool
	// Noted: the record has to know what it was counted as, or to forget it.
	Noted bool
}

// EntryOf is what a change means for the figures.
func EntryOf(ch record.Change) Entry {
	o, ends := endingOf(ch.After)
	if !ends || !counts(ch, o) {
		return living(ch)
	}
	return Entry{
		Text:  entryText(ch.After, o),
		Adds:  o == Sent || o == Unknown && ch.After.ConfirmTried,
		Noted: ch.After.State == campaign.StateDead || ch.After.Run > 1 || wasDead(ch),
	}
}

// counts reports whether a change to a record that has ended is to be counted: it ends
// the run, or what it came to has turned out to be something else.
func counts(ch record.Change, o Ending) bool {
	if ch.Before == nil || ch.Before.State != ch.After.State {
		return true
	}
	was, _ := endingOf(*ch.Before)
	return was != o || o.costs() && (ch.Before.Cost != ch.After.Cost || ch.Before.Contacts != ch.After.Contacts)
}

// living is the entry of a change that counts nothing.
func living(ch record.Change) Entry {
	forced := wasDead(ch) && ch.After.Run != ch.Before.Run && ch.After.Ticket == "" && slices.Contains(ch.After.ForcedRuns, ch.After.Run)
	return Entry{Forced: forced, Noted: forced || wasDead(ch) && ch.After.State == campaign.StatePurged}
}

func wasDead(ch record.Change) bool { return ch.Before != nil && ch.Before.State == campaign.StateDead }

func entryText(r record.Record, o Ending) string {
	var contacts int
	var cost campaign.Money
	if o.costs() {
		contacts, cost = r.Contacts, r.Cost
	}
	return strings.Join([]string{
		string(o), strconv.Itoa(contacts), strconv.FormatInt(int64(cost), 10), strings.Join(dimensions(r.Campaign), "&"),
	}, " ")
}
