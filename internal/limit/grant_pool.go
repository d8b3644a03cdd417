package limit

import (
	"slices"
	"time"
)

// grant is leave to make one call. It may be used from due to void.
type grant struct {
	token     string
	due, void time.Time // local clock
	bound     *waiter   // the only one that may use it; nil for any
	probe     bool
}

// campaign is the id of the campaign that alone may use the grant, "" for any.
func (g grant) campaign() string {
	if g.bound == nil {
		return ""
	}
	return g.bound.id
}

// grantPool holds the grants that are reserved in Redis and not yet given to a
// waiter, the earliest first.
type grantPool []grant

// add puts a grant behind all that are due no later.
func (p *grantPool) add(g grant) {
	at := len(*p)
	for at > 0 && (*p)[at-1].due.After(g.due) {
		at--
	}
	*p = slices.Insert(*p, at, g)
}

// popDue takes the earliest grant out if its time has come.
func (p *grantPool) popDue(now time.Time) (grant, bool) {
	if len(*p) == 0 || (*p)[0].due.After(now) {
		return grant{}, false
	}
	g := (*p)[0]
	*p = (*p)[1:]
	return g, true
}

// nextDue is when the earliest grant is due; zero if there is none.
func (p grantPool) nextDue() time.Time {
	if len(p) == 0 {
		return time.Time{}
	}
	return p[0].due
}

func (p *grantPool) takeAll() []grant {
	all := *p
	*p = nil
	return all
}
