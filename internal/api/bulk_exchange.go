package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	// patience is how long a body or an answer may take without a byte.
	patience = 30 * time.Second
	// chunk is how much of an answer goes out at once, in bytes.
	chunk = 8 << 10
	// endWithin is how long a read that is under way may take once no more is wanted.
	endWithin = time.Second
	// linger is how long after a stop a client may go on sending, so that it gets to
	// the answer. It is less than the grace of internal/web.
	linger = 4 * time.Second
)

// Why a body is not read to its end.
var (
	errStopping = errors.New("octoq is stopping")
	errSlow     = errors.New("nothing came for 30 seconds")
	errGone     = errors.New("the caller does not read the answer")
	errTooMany  = errors.New("there are too many lines")
)

// exchange is a request and its answer on the wire. Both may take as long as they like
// while something moves.
type exchange struct {
	request  *http.Request
	to       http.ResponseWriter
	control  *http.ResponseController
	out      *bufio.Writer
	patience time.Duration
	began    bool  // the answer has
	gone     error // why no more is answered

	mu       sync.Mutex
	complete bool  // the body has been read to its end
	ended    error // why no more of it is read
	endedAt  time.Time
	extended time.Time
	onEnd    func(error)

	done      chan struct{}
	watching  sync.WaitGroup
	unwatched func() bool
}

// newExchange begins an exchange; close ends it. It ends early when stopping is closed.
func newExchange(w http.ResponseWriter, r *http.Request, stopping <-chan struct{}, patience time.Duration) *exchange {
	x := &exchange{request: r, to: w, control: http.NewResponseController(w), patience: patience, done: make(chan struct{})}
	x.out = bufio.NewWriterSize(answerWriter{x}, chunk)
	_ = x.control.EnableFullDuplex() // else the server reads the whole body before the first byte of the answer
	x.watching.Go(func() {
		select {
		case <-stopping:
			x.end(errStopping)
		case <-x.done:
		}
	})
	x.unwatched = context.AfterFunc(r.Context(), func() {
		if errors.Is(context.Cause(r.Context()), errRevoked) {
			x.end(errRevoked)
		}
	})
	return x
}

// Read reads the body.
func (x *exchange) Read(p []byte) (int, error) {
	if err := x.extend(); err != nil {
		return 0, err
	}
	n, err := x.request.Body.Read(p)
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.ended != nil:
		return 0, x.ended
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, errSlow
	case errors.Is(err, io.EOF):
		x.complete = true
		_ = x.control.SetReadDeadline(time.Time{}) // the server goes on reading, to notice that the client leaves
	}
	return n, err
}

// extend gives the next byte of the body its time.
func (x *exchange) extend() error {
	const often = 30 // times within the patience: a system call a byte is too much
	x.mu.Lock()
	defer x.mu.Unlock()
	if now := time.Now(); x.ended == nil && now.Sub(x.extended) > x.patience/often {
		x.extended = now
		_ = x.control.SetReadDeadline(now.Add(x.patience)) // an answer that is recorded has none
	}
	return x.ended
}

// end says why no more of the body is read, and that what is under way is to end. A
// read ends soon after; what it brings does not count.
func (x *exchange) end(why error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended != nil {
		return
	}
	x.ended, x.endedAt = why, time.Now()
	if !x.complete {
		_ = x.control.SetReadDeadline(x.endedAt.Add(endWithin))
	}
	if x.onEnd != nil {
		x.onEnd(why)
	}
}

// whenEnded has a function called when the exchange ends early, at once if it has.
func (x *exchange) whenEnded(do func(error)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.onEnd = do
	if x.ended != nil {
		do(x.ended)
	}
}

// why is why the exchange ended early; nil if it did not. whole is whether the body was
// read to its end all the same.
func (x *exchange) why() (err error, whole bool) { //nolint:revive // the error is a state, not a failure
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.ended, x.complete
}

// write answers with more.
func (x *exchange) write(p []byte) { _, _ = x.out.Write(p) } // its error is kept in gone

// flush sends what was answered.
func (x *exchange) flush() {
	if x.out.Buffered() == 0 || x.out.Flush() != nil {
		return
	}
	if err := x.control.Flush(); err != nil {
		x.leave(err)
	}
}

// leave gives the answer up.
func (x *exchange) leave(err error) {
	x.gone = err
	x.end(errGone)
}

// answerWriter writes the answer; each chunk has its time.
type answerWriter struct{ x *exchange }

func (a answerWriter) Write(p []byte) (int, error) {
	x := a.x
	if x.gone != nil {
		return 0, x.gone
	}
	if !x.began {
		x.began = true
		x.to.Header().Set("Content-Type", typeNDJSON)
		x.lastOfItsConnection()
	}
	_ = x.control.SetWriteDeadline(time.Now().Add(x.patience))
	n, err := x.to.Write(p)
	if err != nil {
		x.leave(err)
	}
	return n, err
}

// lastOfItsConnection has the connection closed if there is more of the body: what is
// left of it would be taken for the next request.
func (x *exchange) lastOfItsConnection() {
	if _, whole := x.why(); !whole {
		x.to.Header().Set("Connection", "close")
	}
}

// refuse answers with a problem, if nothing has been answered.
func (x *exchange) refuse(p *Problem) {
	x.lastOfItsConnection()
	_ = x.control.SetWriteDeadline(time.Now().Add(x.patience))
	p.write(x.to)
}

// close ends the exchange. A client that writes everything before it reads is let come
// to its end, if it hurries.
func (x *exchange) close() {
	close(x.done)
	x.unwatched()
	x.watching.Wait()
	if why, whole := x.why(); !whole && errors.Is(why, errStopping) {
		_ = x.control.SetReadDeadline(x.endedAt.Add(linger))
		_, _ = io.Copy(io.Discard, x.request.Body)
	}
}
