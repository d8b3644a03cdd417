package pieces_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/pieces"
)

// dripping is a stream of numbered lines, each of which comes so long after the
// one before it.
func dripping(after ...time.Duration) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, d := range after {
			if d > 0 {
				<-time.After(d)
			}
			if !yield(i + 1) {
				return
			}
		}
	}
}

func TestAStreamIsCutWhereItPauses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		stream []time.Duration
		want   []int // lines of each piece
		took   []time.Duration
	}{
		{"an empty one", nil, nil, nil},
		{"all at once", []time.Duration{0, 0, 0}, []int{3}, []time.Duration{0}},
		{"after a pause", []time.Duration{0, 0, time.Hour}, []int{2, 1}, []time.Duration{pieces.Pause, 0}},
		{
			"never for long", slices.Repeat([]time.Duration{pieces.Pause / 2}, 250), []int{101, 101, 48},
			[]time.Duration{pieces.Longest, pieces.Longest, 47 * pieces.Pause / 2},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []int
				var took []time.Duration
				for piece := range pieces.Cut(t.Context(), dripping(tt.stream...)) {
					var lines int
					var began time.Time
					for range piece {
						if lines++; lines == 1 {
							began = time.Now()
						}
					}
					got, took = append(got, lines), append(took, time.Since(began))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("lines of each piece (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.took, took); diff != "" {
					t.Errorf("how long each was (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// untilEnd ends a stream with a context.
func untilEnd(ctx context.Context, items iter.Seq[int]) iter.Seq[int] {
	return func(yield func(int) bool) {
		for item := range items {
			if ctx.Err() != nil || !yield(item) {
				return
			}
		}
	}
}

// Lines that had been read when the context ended are not lost: they come last.
func TestAStreamTellsWhatWasReadAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		lines := 0
		for piece := range pieces.Cut(ctx, dripping(make([]time.Duration, 10)...)) {
			for range piece {
				synctest.Wait() // all of them have been read
				cancel()
				lines++
			}
		}
		if lines != 10 {
			t.Errorf("got %d lines, want all 10 that had been read", lines)
		}
	})
}

// A program that reads a pipe has to end when it is asked to, whatever it waits
// for.
func TestAStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		stream []time.Duration
		want   int
		after  time.Duration // until it is sure that no more had been read
	}{
		{"before anything came", []time.Duration{time.Hour}, 0, pieces.Pause},
		{"in the middle of a piece", append(slices.Repeat([]time.Duration{pieces.Pause / 2}, 200), time.Hour), 50, pieces.Pause / 4},
		{"in a pause", []time.Duration{0, time.Hour}, 1, pieces.Pause},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const asked = 505 * time.Millisecond
				ctx, cancel := context.WithTimeout(t.Context(), asked)
				defer cancel()
				began, lines := time.Now(), 0
				for piece := range pieces.Cut(ctx, untilEnd(ctx, dripping(tt.stream...))) {
					for range piece {
						lines++
					}
				}
				if took := time.Since(began); took != asked+tt.after || lines != tt.want {
					t.Errorf("got %d lines in %v, want %d in %v", lines, took, tt.want, asked+tt.after)
				}
				<-time.After(2 * time.Hour) // the read that was under way ends
			})
		})
	}
}
