package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/stats"
)

// Commit writes a change, or nothing. The verdict says which:
//
//   - applied: it is written, now or by an earlier Commit with the same token.
//     What Change.Written returns may then be the next change's Before without
//     being loaded again.
//   - stale: the record, or the run_id of Redis, is not the one that the change
//     was decided on. Load and decide again.
//   - expired: a settle came after its claim's deadline on Redis's clock.
//
// Of After, Revision, Last, UpdatedAt, Applied and Timeline are not looked at:
// the ledger keeps them. Entries without a time get Redis's.
//
// The moment is whole for a change that takes a claim, since the answer to the
// call is decided on it; for any other it is Now and RunID alone.
//
// An error means either that the change can never be written (an illegal
// transition, two ids, no token, or a *campaign.TicketError: nothing was written)
// or that Redis did not answer; then the outcome is unknown, and writing the same change
// again is safe.
func (s *Store) Commit(ctx context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error) {
	return s.CommitAppending(ctx, ch, Append{})
}

func (s *Store) commit(ctx context.Context, ch record.Change, then Append) (record.CommitResult, record.Snapshot, error) {
	if err := check(ch); err != nil {
		return "", record.Snapshot{}, err
	}
	w, err := s.write(ch)
	if err != nil {
		return "", record.Snapshot{}, err
	}
	account := ch.After.Account()
	if err := s.announceOnce(ctx, account); err != nil {
		return "", record.Snapshot{}, err
	}
	script := s.scripts.commit
	if then.Script != "" {
		script = s.scripts.then(then.Script)
		w.follow(then)
	}
	answer, err := script.Run(ctx, s.rdb, w.keys, w.args...).Result()
	verdict, m, err := w.verdict(answer, err)
	if err == nil {
		then.applied(verdict, m.RunID, answer)
		s.announcedOn(account, m.RunID)
		s.noteSeen(account, m)
		m.Policy = carried(ch.Policy, m.Policy)
	}
	return verdict, m, err
}

// check refuses a change that no ledger could ever write.
func check(ch record.Change) error {
	after := ch.After
	if err := checkName(after.Account(), after.ID()); err != nil {
		return err
	}
	from := campaign.StateQueued // a first write moves on from the state that needs no record
	if b := ch.Before; b != nil {
		if b.Account() != after.Account() || b.ID() != after.ID() {
			return fmt.Errorf("a change cannot turn it from campaign %s/%s", b.Account(), b.ID())
		}
		from = b.State
	}
	if !after.State.Valid() || !record.CanMove(from, after.State) {
		return fmt.Errorf("%q to %q is no legal transition", from, after.State)
	}
	if ch.Before != nil && ch.Before.Revision < 1 {
		return errors.New("the record it was decided on was never loaded or written: it has no revision")
	}
	return checkTokens(ch)
}

// checkTokens keeps the tokens distinct. A settle has its claim's token, so the
// write that takes the claim must have another: else the settle would be taken
// for a repetition of it, and the answer of the API be lost.
func checkTokens(ch record.Change) error {
	var held string
	if ch.Before != nil && ch.Before.Claim != nil {
		held = ch.Before.Claim.Token
	}
	taken := ch.After.Claim
	switch {
	case !isWord(ch.Token):
		return fmt.Errorf("%q is no token: give a word without spaces", ch.Token)
	case taken != nil && !isWord(taken.Token):
		return fmt.Errorf("%q is no token of a claim: give a word without spaces", taken.Token)
	case taken != nil && taken.Token != held && taken.Token == ch.Token:
		return errors.New("the write that takes a claim needs a token other than the claim's")
	case ch.Kind == record.ChangeSettle && ch.Token != held:
		return errors.New("a settle needs the token of the claim that it answers")
	}
	return nil
}

func isWord(s string) bool { return s != "" && !strings.ContainsAny(s, " \t\r\n") }

// write is the commit script's keys and arguments, in its order.
type write struct {
	account string
	tickets []string // whose keys are written
	keys    []string
	args    []any
}

func (w *write) take(values ...string) {
	for _, v := range values {
		w.args = append(w.args, v)
	}
}

func (w *write) list(values []string) {
	w.take(strconv.Itoa(len(values)))
	w.take(values...)
}

// base are the keys that every script which writes a record begins with.
func base(account, id string, state campaign.State) []string {
	return []string{
		key.Meta(account), key.Held(account), key.Hold(account),
		key.Record(account, id), key.Log(account, id), key.State(account, state), key.Orphans(account),
	}
}

func (s *Store) write(ch record.Change) (*write, error) {
	d, err := s.form.compare(ch.Before, ch.After)
	if err != nil {
		return nil, err
	}
	entries, err := encodeEntries(entriesOf(ch))
	if err != nil {
		return nil, err
	}
	account, id, state := ch.After.Account(), ch.After.ID(), ch.After.State
	leaves := left(ch)
	tickets, fresh := leading(ch)
	w := &write{account: account, tickets: tickets, keys: base(account, id, state)}
	w.index(ch, leaves)
	events, err := encodeEvents(ch)
	if err != nil {
		return nil, err
	}
	books, counters, err := bookings(ch)
	if err != nil {
		return nil, err
	}
	if len(events) > 0 || len(counters) > 0 {
		w.keys = append(w.keys, key.Outbox(account))
	}
	w.keys = append(w.keys, counters...)
	figures := stats.EntryOf(ch)
	if figures.Text != "" {
		w.keys = append(w.keys, key.Figures(account))
	}
	revision, last := latest(ch.Before)
	w.args = append(w.args, s.seenOf(account).args()...)
	w.take(id, ch.Token, ch.RunID, revision, last)
	w.take(bit(ch.Kind == record.ChangePoll), bit(ch.Kind == record.ChangeSettle), bit(claims(ch)), bit(afresh(ch)))
	w.take(bit(ch.Counts.ConfirmAccepted), bit(ch.Counts.CreateAccepted), bit(moved(ch)), bit(ch.OneAtATime), orphanMark(ch))
	w.take(s.keep(ch), s.ticketKeep(ch.After), string(state), strconv.Itoa(len(leaves)), strconv.Itoa(len(tickets)), strconv.Itoa(fresh))
	w.take(listedAt(ch), policyOf(ch))
	w.take(figures.Text, bit(figures.Forced), bit(figures.Adds), bit(figures.Noted))
	w.list(books)
	w.list(withCounted(d.set, figures))
	w.list(d.remove)
	w.list(entries)
	w.list(events)
	return w, nil
}

// index adds the keys by which the campaign is found.
func (w *write) index(ch record.Change, leaves []campaign.State) {
	for _, from := range leaves {
		w.keys = append(w.keys, key.State(w.account, from))
	}
	for _, ticket := range w.tickets {
		w.keys = append(w.keys, key.Ticket(w.account, ticket))
	}
	if ch.Before == nil {
		w.keys = append(w.keys, key.Enqueued(w.account))
	}
}

// countedField is what the record was counted as in the account's figures, where that may
// have to be taken back. The script writes it.
const countedField = "counted"

// withCounted adds the field's place, which is the last one, for a change that writes it.
func withCounted(set []string, figures stats.Entry) []string {
	if !figures.Noted {
		return set
	}
	return append(set, countedField, "")
}

// latest names the latest write of the record a change was decided on; both
// are "" for none.
func latest(r *record.Record) (revision, last string) {
	if r == nil {
		return "", ""
	}
	return strconv.FormatInt(r.Revision, 10), r.LastToken
}

// claims reports whether the change takes a claim.
func claims(ch record.Change) bool {
	taken := ch.After.Claim
	return taken != nil && (ch.Before == nil || ch.Before.Claim == nil || ch.Before.Claim.Token != taken.Token)
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return ""
}

// verdict reads the answer of the script: a verdict and a moment. "taken" has
// two more, which of the tickets belongs to another campaign, and to which; "applied" may
// have one more, the answer of what followed.
func (w *write) verdict(v any, err error) (record.CommitResult, record.Snapshot, error) {
	if err != nil {
		return "", record.Snapshot{}, err
	}
	items, ok := v.([]any)
	if !ok || len(items) < 2 || len(items) > 4 {
		return "", record.Snapshot{}, fmt.Errorf("unexpected answer of a script: %v", v)
	}
	verdict, _ := items[0].(string)
	m, err := decodeMoment(items[1])
	if err != nil || len(items) < 4 {
		return record.CommitResult(verdict), m, err
	}
	i, _ := items[2].(int64)
	owner, _ := items[3].(string)
	if verdict != "taken" || i < 1 || int(i) > len(w.tickets) {
		return "", m, fmt.Errorf("unexpected answer of a script: %v", v)
	}
	return "", m, &record.TicketError{Account: w.account, Ticket: w.tickets[i-1], Owner: owner}
}
