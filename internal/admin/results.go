package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/result"
	"github.com/octoq/octoq/internal/resultstore"
)

// ReportedRecord is a record with what Octopush reported of its ticket; nil is nothing.
type ReportedRecord struct {
	campaign.Record
	Results *result.Results
}

// ReportsSeen counts the numbers that were reported of while it is not known whether the
// campaign was sent: what was said of them decides nothing.
func (r ReportedRecord) ReportsSeen() int {
	if r.Results == nil || !r.MaybeConfirmed || r.ProvedBy != "" {
		return 0
	}
	seen := 0
	for _, n := range r.Results.ByStatus {
		seen += n
	}
	return seen
}

// MarshalJSON writes the record, and what was reported behind it.
func (r ReportedRecord) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(r.Record)
	if err != nil || r.Results == nil {
		return b, err
	}
	if n := r.ReportsSeen(); n > 0 {
		b = fmt.Appendf(b[:len(b)-1], `,"reports_seen":%d}`, n)
	}
	results, err := json.Marshal(r.Results)
	if err != nil {
		return nil, err
	}
	b = append(b[:len(b)-1], `,"results":`...)
	return append(append(b, results...), '}'), nil
}

// Reported is a record with what was reported of its ticket.
func (d *Service) Reported(ctx context.Context, r campaign.Record) (ReportedRecord, error) {
	reported := ReportedRecord{Record: r}
	if r.Ticket == "" {
		return reported, nil
	}
	results, ok, err := resultstore.New(d.rdb, resultstore.Options{}).Results(ctx, r.Account(), r.Ticket, r.Contacts)
	if ok {
		reported.Results = &results
	}
	return reported, err
}

// ForgetNumber deletes a number as Store.Forget does, on record without the number.
func (d *Service) ForgetNumber(ctx context.Context, of *resultstore.Store, account, number string) (replies int, blocked bool, err error) {
	replies, blocked, err = of.Forget(ctx, account, number)
	if err == nil && (blocked || replies > 0) {
		d.noted(ctx, Note{Action: "number.rm", Account: account})
	}
	return replies, blocked, err
}

// NoteCallbacks puts it on record that Octopush was given the account's callback addresses.
func (d *Service) NoteCallbacks(ctx context.Context, account string) {
	d.noted(ctx, Note{Action: "callbacks.set", Account: account})
}

// NotePush puts it on record that contacts were added to a list.
func (d *Service) NotePush(ctx context.Context, account, list string, added int) {
	d.noted(ctx, Note{Action: "contacts.push", Account: account, Subject: list, Detail: strconv.Itoa(added) + " added"})
}

// ForgetReplies deletes the replies of a number, on record without the number.
func (d *Service) ForgetReplies(ctx context.Context, of *resultstore.Store, account, number string) (int, error) {
	n, err := of.ForgetReplies(ctx, account, number)
	if err == nil && n > 0 {
		d.noted(ctx, Note{Action: "replies.rm", Account: account})
	}
	return n, err
}
