package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/input"
)

// fate is what becomes of a row.
type fate int

const (
	left      fate = iota // nothing: the next pass takes it again
	enqueued              // it is in Redis now
	known                 // it was in Redis already, with the same content
	refused               // for good
	postponed             // tried again later
)

// row is a campaign of the outbox that this relay has locked.
type row struct {
	seq  int64
	text string // the campaign, as JSON
	who  string
	from string // the trace that it was enqueued in, as W3C writes it
	age  time.Duration

	item   campaign.Campaign
	fate   fate
	reason string // of refused and postponed
}

// The order is that of the index octoq_outbox_order; begin keeps PostgreSQL from
// sorting the whole table instead, whose statistics are mostly those of an empty one.
const takeSQL = `SELECT seq, campaign::text, who, trace, extract(epoch FROM clock_timestamp() - created_at)::float8
FROM octoq_outbox WHERE retry_at <= now() ORDER BY wholesale, seq LIMIT $1 FOR UPDATE SKIP LOCKED`

// take locks the rows that are due and that no other relay has locked.
func take(ctx context.Context, tx pgx.Tx, most int) ([]*row, error) {
	found, err := tx.Query(ctx, takeSQL, most)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	rows, err := pgx.CollectRows(found, func(r pgx.CollectableRow) (*row, error) {
		var one row
		var seconds float64
		err := r.Scan(&one.seq, &one.text, &one.who, &one.from, &seconds)
		one.age = time.Duration(seconds * float64(time.Second))
		return &one, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return rows, nil
}

// read decodes the campaign, and refuses what can never be enqueued.
func (r *row) read(oldest time.Duration) {
	if r.age > oldest {
		r.refuse(fmt.Sprintf("has waited for %s, longer than campaigns are remembered (%s): if it was enqueued and sent before, nothing knows that any more. "+
			"Once you know that it was not: octoq-outbox retry %d", r.age.Round(time.Minute), oldest, r.seq))
		return
	}
	if err := actor.Check(r.who); r.who != "" && err != nil {
		r.refuse("the column who " + err.Error())
		return
	}
	item, err := input.Decode([]byte(r.text))
	if err != nil {
		r.refuse(err.Error())
		return
	}
	r.item = item
}

func (r *row) refuse(reason string) { r.fate, r.reason = refused, storable(reason) }

func (r *row) postpone(reason string) { r.fate, r.reason = postponed, storable(reason) }

// storable is a text that PostgreSQL takes, of bounded length.
func storable(text string) string {
	const most = 2000
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
