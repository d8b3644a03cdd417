package engine

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/ledger"
)

const (
	// packEvery is the pause between two looks for records to pack, unless there are more
	// than packMost, whose packing keeps Redis for a tenth of a second in all.
	packEvery = time.Minute
	packMost  = 2000
)

// packer packs the records of an account's campaigns some time after they have ended.
type packer struct {
	ledger *ledger.Store
	after  time.Duration
	clock  func(context.Context) (time.Time, error)
	next   time.Time // when to look again
	more   bool      // there was more than one look takes
}

// pack looks for records, if it is time to. It finds nothing that was out of order.
func (p *packer) pack(ctx context.Context, account string) (int, error) {
	now, err := p.clock(ctx)
	if err != nil || now.Before(p.next) && !p.more {
		return 0, err
	}
	p.next = now.Add(min(packEvery, p.after))
	_, p.more, err = p.ledger.Pack(ctx, account, now.Add(-p.after), packMost)
	return 0, err
}
