package api

import (
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// bulkItem is one line of a body: a campaign, or why there is none. It keeps nothing of
// the line itself, which may be long.
type bulkItem struct {
	line     int
	campaign campaign.Campaign
	refused  *BulkLine
	err      error // of reading: nothing follows
}

// read reads the lines of a body, as octoq enqueue reads a file. A campaign without an
// id gets that of its content, so that sending everything again enqueues nothing twice.
func (b *bulkRun) read(body io.Reader) iter.Seq[bulkItem] {
	rules := slices.Concat([]enqueue.Rule{ofAccount(b.request.account)}, b.request.rules, []enqueue.Rule{enqueue.NameByContent})
	items, err := enqueue.ReadOptions{Format: b.request.format, Account: b.request.account, Nulls: true, Rules: rules}.Read(body)
	return func(yield func(bulkItem) bool) {
		if err != nil { // never: what was asked for has been checked
			yield(bulkItem{line: 1, err: err})
			return
		}
		for item := range items {
			if !yield(lightened(item)) {
				return
			}
		}
	}
}

// ofAccount refuses campaigns of another account.
func ofAccount(account string) enqueue.Rule {
	return func(c campaign.Campaign) (campaign.Campaign, error) {
		if c.Account == account {
			return c, nil
		}
		return c, &campaign.ValidationError{ID: c.ID, Faults: []campaign.Fault{{Field: "account", Problem: "is not that of the path"}}}
	}
}

func lightened(item enqueue.Item) bulkItem {
	light := bulkItem{line: item.Line, campaign: item.Campaign}
	refused, ok := errors.AsType[*enqueue.LineError](item.Err)
	switch {
	case ok:
		l := BulkLine{Line: item.Line, ID: clip(refused.ID)}
		l.take(faultsProblem("", withoutFlags(refused.Faults)))
		light.refused = &l
	case item.Err != nil:
		light.err = item.Err
	}
	return light
}

// withoutFlags takes remedies away that are of the command line.
func withoutFlags(faults []campaign.Fault) []campaign.Fault {
	plain := make([]campaign.Fault, 0, len(faults))
	for _, f := range faults {
		if strings.Contains(f.Remedy, "--") {
			f.Remedy = ""
		}
		plain = append(plain, f)
	}
	return plain
}
