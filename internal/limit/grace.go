package limit

import "time"

// calm is how many calls in a row have to be in time before a widened window
// is narrowed again.
const calm = 64

// grace is how long after its time a grant may be used. It starts as narrow as
// the promise about sliding seconds needs. Where the way from here to the API
// is slower than that (a distant Redis, a new TLS connection for each call),
// every grant would be void: so it doubles when a grant was used too late, up
// to the second that no grant outlives, and narrows again in calm times.
type grace struct {
	base, now time.Duration
	inTime    int
}

func newGrace(base time.Duration) grace { return grace{base: base, now: base} }

// tooLate notes a grant that was void before it could be used.
func (g *grace) tooLate() {
	g.now = min(2*g.now, maxLate)
	g.inTime = 0
}

// used notes a grant that was used in time.
func (g *grace) used() {
	g.inTime++
	if g.inTime >= calm {
		g.now = max(g.now/2, g.base)
		g.inTime = 0
	}
}
