package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
)

// ErrOutdated is returned for a change of a campaign that was written since it was read.
var ErrOutdated = errors.New("the campaign was changed since it was read")

// Tag names a state of a record, whatever Redis forgets: "<run>.<revision>.<the first
// 8 characters of the last write's token>". A campaign without a record has none.
func Tag(r campaign.Record) string {
	const enough = 8
	if r.LastToken == "" {
		return ""
	}
	return fmt.Sprintf("%d.%d.%.*s", r.Run, r.Revision, enough, r.LastToken)
}

// AnyTag stands for whatever the record's tag is.
const AnyTag = "*"

// Mend changes the content of a dead campaign by a JSON merge patch, if the record's
// tag is one of tags, and returns the record as it is then, without its timeline. Else
// it fails with ErrOutdated. Of its other errors see Edit.
func (d *Service) Mend(ctx context.Context, account, id string, tags []string, patch []byte) (campaign.Record, error) {
	f, err := d.edit(ctx, account, id, tagged(tags), func(c campaign.Campaign) (campaign.Campaign, error) { return input.Patch(c, patch) })
	return f.record.Record, err
}

// WithTags is a context for one change of one campaign, which fails with ErrOutdated
// unless the tag of the record that it is decided on is one of tags.
func WithTags(ctx context.Context, tags []string) context.Context {
	return ledger.WithGuard(ctx, ledger.Guard{Check: tagged(tags)})
}

// tagged refuses a record whose tag is none of tags.
func tagged(tags []string) func(record.Record) error {
	return func(r record.Record) error {
		if tag := Tag(r.Record); !slices.Contains(tags, tag) && !slices.Contains(tags, AnyTag) {
			return fmt.Errorf("campaign %s/%s: %w: its tag is %q", r.Account(), r.ID(), ErrOutdated, tag)
		}
		return nil
	}
}
