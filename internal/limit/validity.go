package limit

import "time"

// narrowAfter is how many calls in a row have to be in time before a widened
// validity is narrowed again.
const narrowAfter = 64

// validity is how long after its time a grant may be used. It starts as short
// as the promise about sliding seconds needs. Where the way from here to the API
// is slower than that (a distant Redis, a new TLS connection for each call),
// every grant would be void: so it doubles when a grant was used too late, up
// to the second that no grant outlives, and narrows again in calm times.
type validity struct {
	base, span time.Duration
	inTime     int // calls in a row that were
}

func newValidity(base time.Duration) validity { return validity{base: base, span: base} }

// tooLate notes a grant that was void before it could be used.
func (v *validity) tooLate() {
	v.span = min(2*v.span, maxLate)
	v.inTime = 0
}

// used notes a grant that was used in time.
func (v *validity) used() {
	v.inTime++
	if v.inTime >= narrowAfter {
		v.span = max(v.span/2, v.base)
		v.inTime = 0
	}
}
