package api

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/pieces"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/spool"
)

const (
	// allOrNothingLines and allOrNothingBytes bound what is checked as a whole.
	allOrNothingLines = 100_000
	allOrNothingBytes = 64 << 20
	// mostBehind bounds how many refused lines wait for the results of lines before them.
	mostBehind = 512
)

// bulkRun carries out one bulk request.
type bulkRun struct {
	client   *enqueue.Client
	caller   access.Caller
	request  bulkRequest
	exchange *exchange
	results  *results
	onError  func(error)

	most, checked int   // lines that may be checked, and were; 0 bounds nothing
	broken        error // why the body was not read to its end
	logged        bool  // an error that is no campaign's was
}

// run reads the lines, enqueues them and answers. Its error is a Problem to answer with:
// nothing was enqueued then.
func (b *bulkRun) run(room *spool.Room) error {
	var err error
	switch {
	case b.request.allOrNothing:
		err = b.allOrNothing(room)
	case b.request.dryRun:
		b.check(b.exchange)
	default:
		b.enqueue(b.exchange)
	}
	if err == nil {
		b.results.finish(b.exchange)
	}
	return err
}

// allOrNothing enqueues all lines if none has a fault. They are kept until all are known.
func (b *bulkRun) allOrNothing(room *spool.Room) error {
	lines := room.New()
	defer lines.Close()
	b.most = allOrNothingLines
	b.check(io.TeeReader(http.MaxBytesReader(nil, io.NopCloser(b.exchange), allOrNothingBytes), lines))
	_, tooLarge := errors.AsType[*http.MaxBytesError](b.broken)
	switch {
	case tooLarge, b.checked > b.most:
		return newProblem(http.StatusRequestEntityTooLarge, "", "With all_or_nothing, 100,000 campaigns and 64 MiB are the most. Nothing was enqueued.")
	case errors.Is(b.broken, spool.ErrFull):
		b.onError(b.broken)
		return newProblem(http.StatusInsufficientStorage, "", "octoq has no room for the campaigns until all are checked. Nothing was enqueued: "+
			"send the same request again later, or without all_or_nothing.")
	case b.broken == nil && b.results.summary.Invalid == 0 && !b.request.dryRun:
		b.results.reset()
		return b.enqueueChecked(lines.Reader())
	}
	return nil
}

// enqueueChecked enqueues lines that have no fault.
func (b *bulkRun) enqueueChecked(body io.Reader) error {
	if b.request.begin != nil {
		if err := b.request.begin(); err != nil {
			return err
		}
	}
	b.enqueue(body)
	return nil
}

// check says of each line whether it has faults.
func (b *bulkRun) check(body io.Reader) {
	for piece := range pieces.Cut(context.WithoutCancel(b.exchange.request.Context()), b.read(body)) {
		for item := range piece {
			b.checkOne(item)
		}
		b.results.sink.flush()
	}
}

func (b *bulkRun) checkOne(item bulkItem) {
	b.checked++
	switch {
	case b.most > 0 && b.checked > b.most:
		b.exchange.end(errTooMany)
		return
	case item.refused != nil || item.err != nil:
		b.refuse(item)
		return
	}
	c, warnings, err := b.client.Preview(b.caller.Force(item.campaign), b.request.options...)
	l := lineOf(item.line, enqueue.Receipt{ID: c.ID, Warnings: warnings}, err)
	if err == nil {
		l.Result = lineValid
	}
	b.results.add(l)
}

// enqueue enqueues the lines, and says what became of each. When Redis is away, or octoq
// is to stop, the lines that come after are not sent.
func (b *bulkRun) enqueue(body io.Reader) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(b.exchange.request.Context()))
	defer cancel(nil)
	b.exchange.whenEnded(cancel)
	for piece := range pieces.Cut(context.WithoutCancel(ctx), b.read(body)) {
		for receipt, err := range b.client.EnqueueAll(ctx, b.campaigns(ctx, piece), b.request.options...) {
			if err != nil {
				err = b.trouble(ctx, cancel, err)
			}
			b.results.settle(lineOf(b.results.due(), receipt, err))
		}
		b.results.sink.flush()
	}
}

// campaigns are those of a piece that are to be sent; the results of the others are
// known. It ends early rather than keep many of these waiting.
func (b *bulkRun) campaigns(ctx context.Context, piece iter.Seq[bulkItem]) iter.Seq[campaign.Campaign] {
	return func(yield func(campaign.Campaign) bool) {
		for item := range piece {
			switch {
			case item.refused != nil || item.err != nil:
				b.refuse(item)
			case ctx.Err() != nil:
				b.results.add(lineOf(item.line, enqueue.Receipt{ID: item.campaign.ID}, context.Cause(ctx)))
			default:
				b.results.await(item.line)
				if !yield(b.caller.Force(item.campaign)) {
					return
				}
			}
			if b.results.behind >= mostBehind {
				return
			}
		}
	}
}

// refuse notes what is not enqueued, or not read.
func (b *bulkRun) refuse(item bulkItem) {
	if item.refused != nil {
		b.results.add(*item.refused)
		return
	}
	b.broken = item.err
	b.results.summary.Unread, b.results.summary.Detail = item.line, unreadDetail(item.err)
}

// trouble looks whether an error is one of all lines that follow, and returns why the
// line is not enqueued.
func (b *bulkRun) trouble(ctx context.Context, cancel context.CancelCauseFunc, err error) error {
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, enqueue.ErrNotDurable), errors.Is(err, campaign.ErrDuplicate), errors.Is(err, campaign.ErrInvalid):
		return err
	case redisconn.Away(err), errors.Is(err, enqueue.ErrUnanswered):
		cancel(err)
	}
	if !b.logged {
		b.logged = true
		b.onError(err)
	}
	return err
}

func unreadDetail(err error) string {
	const again = " Lines from unread_from on were not read: send everything again."
	switch {
	case errors.Is(err, errStopping):
		return "octoq is stopping." + again
	case errors.Is(err, errRevoked):
		return capitalised(errRevoked.Error()) + "." + again
	case errors.Is(err, errSlow):
		return "Nothing came for 30 seconds." + again
	default:
		return "The body broke off." + again
	}
}
