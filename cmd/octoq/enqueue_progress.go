package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progressEvery is how often a line is written where there is no terminal.
const progressEvery = 5 * time.Second

// tally is how far a file has come. It is read while it is counted.
type tally struct {
	enqueued, known, invalid, failed atomic.Int64
	other                            atomic.Int64 // of the known ones: with other content
	read                             atomic.Int64 // bytes
}

func (t *tally) done() int64 {
	return t.enqueued.Load() + t.known.Load() + t.invalid.Load() + t.failed.Load()
}

func (t *tally) String() string {
	s := fmt.Sprintf("%d enqueued, %d known already", t.enqueued.Load(), t.known.Load())
	if n := t.other.Load(); n > 0 {
		s += fmt.Sprintf(" (%d with other content)", n)
	}
	s += fmt.Sprintf(", %d invalid", t.invalid.Load())
	if n := t.failed.Load(); n > 0 {
		s += fmt.Sprintf(", %d failed", n)
	}
	return s
}

// counted counts what is read of a file.
type counted struct {
	io.Reader
	n *atomic.Int64
}

// Read reads, and counts.
func (c counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// fileProgress shows on standard error how far a file has come: a bar on a
// terminal, a line every few seconds elsewhere.
type fileProgress struct {
	tally   *tally
	size    int64 // of the file in bytes, 0 if unknown
	began   time.Time
	now     func() time.Time
	printed time.Time     // when it last printed a line
	out     io.Writer     // what it was given
	lines   io.Writer     // where other lines go meanwhile
	pool    *mpb.Progress // nil where there is no terminal
	bar     *mpb.Bar
}

func newFileProgress(out io.Writer, terminal bool, t *tally, size int64) *fileProgress {
	p := &fileProgress{tally: t, size: size, now: time.Now, out: out, lines: out}
	p.began = p.now()
	p.printed = p.began
	if !terminal {
		return p
	}
	const width = 30
	p.pool = mpb.New(mpb.WithOutput(out), mpb.WithWidth(width))
	p.bar = p.pool.AddBar(max(size, 1),
		mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.String() })))
	p.lines = p.pool
	return p
}

// step shows what is new.
func (p *fileProgress) step() {
	if p.bar != nil {
		if p.size > 0 { // never full before the end: the bar would go
			p.bar.SetCurrent(min(p.tally.read.Load(), p.size-1))
		}
		return
	}
	if now := p.now(); now.Sub(p.printed) >= progressEvery {
		p.printed = now
		_, _ = fmt.Fprintln(p.lines, p)
	}
}

// String is all there is to say on one line.
func (p *fileProgress) String() string {
	took := p.now().Sub(p.began)
	s := p.tally.String()
	if took < time.Millisecond {
		return s
	}
	s += fmt.Sprintf("; %.0f/s", float64(p.tally.done())/took.Seconds())
	read := p.tally.read.Load()
	if p.size <= 0 || read <= 0 {
		return s
	}
	share := min(1, float64(read)/float64(p.size))
	left := time.Duration(float64(took) * (1 - share) / share)
	return s + fmt.Sprintf("; %.0f %%, %v left", 100*share, left.Round(time.Second))
}

// close takes the bar away.
func (p *fileProgress) close() {
	if p.pool == nil {
		return
	}
	p.bar.Abort(true)
	p.pool.Wait()
	p.pool, p.bar = nil, nil
}

// sizeOf is the size of a regular file; 0 for a pipe.
func sizeOf(f *os.File) int64 {
	info, ok := regular(f)
	if !ok {
		return 0
	}
	return info.Size()
}

// regular reports whether a file is one whose end need not be waited for.
func regular(f *os.File) (os.FileInfo, bool) {
	if f == nil {
		return nil, false
	}
	info, err := f.Stat()
	return info, err == nil && info.Mode().IsRegular()
}
