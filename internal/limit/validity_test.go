package limit

import (
	"testing"
	"time"
)

func TestValidityNarrowsInCalmTimes(t *testing.T) {
	t.Parallel()
	v := newValidity(100 * time.Millisecond)
	v.tooLate()
	v.tooLate()
	for range narrowAfter {
		v.used()
	}
	if v.span != 200*time.Millisecond {
		t.Errorf("after %d calls in time: got %v, want 200ms", narrowAfter, v.span)
	}
	for range 10 * narrowAfter {
		v.used()
	}
	if v.span != v.base {
		t.Errorf("in calm times: got %v, want %v", v.span, v.base)
	}
}
