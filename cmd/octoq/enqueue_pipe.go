package main

import (
	"context"
	"io"
	"iter"

	"github.com/octoq/octoq/enqueue"
)

// whole is a stream in one piece: a file does not pause.
func whole(items iter.Seq[enqueue.Item]) iter.Seq[iter.Seq[enqueue.Item]] {
	return func(yield func(iter.Seq[enqueue.Item]) bool) { yield(items) }
}

// untilDone is a reader that ends with a context: refused lines do not reach the
// client, so the client does not check the context between them.
type untilDone struct {
	io.Reader
	ctx context.Context //nolint:containedctx // of the run that reads
}

// Read reads, unless the context has ended.
func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(b)
}
