package admin

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/quotestore"
)

// KeepQuote notes that what is not approved of a quote is cancelled after a time. A quote
// that is known gets that time anew.
func (d *Service) KeepQuote(ctx context.Context, account, name string, keep time.Duration) error {
	return quotestore.New(d.rdb).Keep(ctx, account, name, keep)
}
