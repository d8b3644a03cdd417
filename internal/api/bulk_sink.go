package api

import (
	"errors"
	"io"

	"github.com/octoq/octoq/internal/spool"
)

// sink takes results, each a line.
type sink interface {
	// put reports whether the line is kept.
	put(line []byte, problem bool) bool
	// flush hands on what was put.
	flush()
	// reset forgets what was put and not handed on.
	reset()
	// finish hands everything on, and reports whether it did.
	finish(x *exchange) bool
}

// keptAtStop is how much is answered when the process is to stop, in bytes: more may not
// arrive within the grace.
const keptAtStop = 4 << 20

// kept are results that are answered when the body has ended.
type kept struct {
	spool   *spool.Spool
	onError func(error)
	full    bool
}

// put keeps a line; only problems, once there is no room.
func (k *kept) put(line []byte, problem bool) bool {
	write := k.spool.Write
	switch {
	case problem:
		write = k.spool.WriteReserved
	case k.full:
		return false
	}
	_, err := write(line)
	if err != nil && !k.full {
		k.full = true
		k.onError(err)
	}
	return err == nil
}

func (k *kept) flush() {}

func (k *kept) reset() { k.spool.Reset() }

func (k *kept) finish(x *exchange) bool {
	if why, _ := x.why(); errors.Is(why, errStopping) && k.spool.Size() > keptAtStop {
		return false
	}
	if _, err := io.Copy(x.out, k.spool.Reader()); err != nil && x.gone == nil {
		k.onError(err)
		x.leave(err) // without a summary the answer is known to be broken off
	}
	return true
}

// streamed are results that are answered while the body is read.
type streamed struct{ to *exchange }

func (s *streamed) put(line []byte, _ bool) bool {
	s.to.write(line)
	return true
}

func (s *streamed) flush() { s.to.flush() }

func (s *streamed) reset() {}

func (s *streamed) finish(*exchange) bool { return true }
