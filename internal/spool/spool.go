// Package spool keeps what is too large for memory until it is wanted: the first 64 KiB
// in memory, the rest in a temporary file without a name, which the system removes with
// the process however that ends. What all spools of a process have in files is bounded.
package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// inMemory is how much of a spool is in memory, in bytes.
const inMemory = 64 << 10

// ErrFull says that a spool takes no more: the room is full, or the disk is.
var ErrFull = errors.New("there is no room for temporary files")

// Room bounds the temporary files of a process.
type Room struct {
	most int64
	used atomic.Int64
}

// NewRoom makes a room of so many bytes.
func NewRoom(most int64) *Room { return &Room{most: most} }

// reserve is what of a room is left for WriteReserved: a quarter more.
const reserve = 4

func (r *Room) take(n int, reserved bool) bool {
	most := r.most
	if reserved {
		most += most / reserve
	}
	if r.used.Add(int64(n)) <= most {
		return true
	}
	r.used.Add(-int64(n))
	return false
}

// New makes an empty spool. Close has to be called.
func (r *Room) New() *Spool { return &Spool{room: r} }

// Spool is written, then read; it is for one goroutine.
type Spool struct {
	room *Room
	file *os.File // nil while all of it fits memory
	size int64    // of the file
	last []byte   // what follows the file
	err  error    // of the disk
}

// Write appends all of p, or nothing. The error is ErrFull, with the disk's own if it is
// the disk's.
func (s *Spool) Write(p []byte) (int, error) { return s.write(p, false) }

// WriteReserved is Write for what is more important than the rest: it may use a quarter
// more than the room.
func (s *Spool) WriteReserved(p []byte) (int, error) { return s.write(p, true) }

func (s *Spool) write(p []byte, reserved bool) (int, error) {
	if len(s.last) > 0 && len(s.last)+len(p) > inMemory {
		if err := s.flush(reserved); err != nil {
			return 0, err
		}
	}
	s.last = append(s.last, p...)
	return len(p), nil
}

// flush moves what is in memory into the file.
func (s *Spool) flush(reserved bool) error {
	if s.err != nil {
		return s.err
	}
	if !s.room.take(len(s.last), reserved) {
		return ErrFull
	}
	if s.err = s.append(); s.err != nil {
		s.room.used.Add(-int64(len(s.last)))
		return s.err
	}
	s.size += int64(len(s.last))
	s.last = s.last[:0]
	return nil
}

func (s *Spool) append() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "octoq-*"); err != nil {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
		_ = os.Remove(s.file.Name()) // where that is not allowed, Close does it
	}
	if _, err = s.file.WriteAt(s.last, s.size); err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return nil
}

// Size is how many bytes are in the spool.
func (s *Spool) Size() int64 { return s.size + int64(len(s.last)) }

// Reader reads all of it from the beginning. The spool is not written meanwhile.
func (s *Spool) Reader() io.Reader {
	if s.file == nil {
		return bytes.NewReader(s.last)
	}
	return io.MultiReader(io.NewSectionReader(s.file, 0, s.size), bytes.NewReader(s.last))
}

// Reset empties it.
func (s *Spool) Reset() {
	s.room.used.Add(-s.size)
	s.size, s.last = 0, nil
}

// Close gives the room back and removes the file.
func (s *Spool) Close() {
	s.Reset()
	if s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
	s.file = nil
}
