package spool_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/octoq/octoq/internal/spool"
	_ "github.com/octoq/octoq/internal/testenv" // no exported setting reaches these tests
)

func content(t *testing.T, s *spool.Spool) []byte {
	t.Helper()
	b, err := io.ReadAll(s.Reader())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fill writes lines of 1,000 bytes until one is refused, and returns how many were not.
func fill(t *testing.T, write func([]byte) (int, error), most int) (n int, err error) {
	t.Helper()
	line := append(bytes.Repeat([]byte("x"), 999), '\n')
	for ; n < most; n++ {
		if _, err := write(line); err != nil {
			return n, err
		}
	}
	return n, nil
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, n := range []int{0, 1, 64, 65, 66, 1000} {
		s := spool.NewRoom(1 << 20).New()
		if wrote, err := fill(t, s.Write, n); err != nil || wrote != n {
			t.Fatalf("%d lines: got %d, %v", n, wrote, err)
		}
		for range 2 {
			if got := content(t, s); len(got) != n*1000 || bytes.Count(got, []byte("\n")) != n || s.Size() != int64(len(got)) {
				t.Errorf("%d lines: got %d bytes, %d lines, size %d", n, len(got), bytes.Count(got, []byte("\n")), s.Size())
			}
		}
		if names, err := os.ReadDir(os.TempDir()); err != nil || len(names) > 0 {
			t.Errorf("%d lines: got the files %v, %v, want none with a name", n, names, err)
		}
		s.Reset()
		if wrote, err := s.Write([]byte("anew")); err != nil || wrote != 4 || string(content(t, s)) != "anew" {
			t.Errorf("after a reset: got %q, %v", content(t, s), err)
		}
		s.Close()
	}
}

// The room is shared, has a reserve, and is given back.
func TestTheRoomIsBounded(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const most = 400 << 10
	room := spool.NewRoom(most)
	first, second := room.New(), room.New()
	n, err := fill(t, first.Write, 10_000)
	if !errors.Is(err, spool.ErrFull) || n*1000 < most/2 || n*1000 > most+64<<10 {
		t.Fatalf("got %d lines, %v, want the room full", n, err)
	}
	kept := content(t, first)
	if len(kept) != n*1000 {
		t.Errorf("full: got %d bytes, want the %d lines that were taken", len(kept), n)
	}
	if small, err := fill(t, second.Write, 10_000); !errors.Is(err, spool.ErrFull) || small > 65 {
		t.Errorf("another spool: got %d lines, %v, want what fits memory", small, err)
	}
	if more, err := fill(t, first.WriteReserved, 10_000); !errors.Is(err, spool.ErrFull) || more == 0 || more*1000 > most/4+64<<10 {
		t.Errorf("the reserve: got %d lines, %v, want a quarter", more, err)
	}
	first.Close()
	second.Close()
	again := room.New()
	defer again.Close()
	if refilled, err := fill(t, again.Write, 10_000); !errors.Is(err, spool.ErrFull) || refilled != n {
		t.Errorf("given back: got %d lines, %v, want %d", refilled, err, n)
	}
}

// Where nothing can be written, what fits memory is kept.
func TestWithoutADirectory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	s := spool.NewRoom(1 << 20).New()
	defer s.Close()
	n, err := fill(t, s.Write, 10_000)
	if !errors.Is(err, spool.ErrFull) || n != 65 || len(content(t, s)) != n*1000 {
		t.Errorf("got %d lines, %v, want 65 and ErrFull", n, err)
	}
}
