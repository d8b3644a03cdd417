package limit

import (
	"errors"
	"fmt"
	"math"
	"time"
)

const (
	// maxRate and maxBurst bound what the script can count exactly: it
	// reckons in whole microseconds.
	maxRate  = 100_000
	maxBurst = 100_000
	// maxLate is when a grant is void at the latest.
	maxLate = time.Second
	// maxAhead is how far ahead of Redis's clock a grant may lie at most:
	// reserving further starves those that ask later.
	maxAhead = time.Second
)

// Limits are what an account may ask of the API, over all processes together.
// Processes should be given the same ones: each ask is judged by the asker's.
type Limits struct {
	// Rate is calls a second; 0 means no limit of the rate.
	Rate float64
	// Burst is by how many calls any sliding second may exceed Rate; at least
	// 1 where there is a rate. Part of it is spent on calls that reach the API
	// late, so that the promise holds there and not only here.
	Burst int
	// MaxInFlight is how many calls may be under way at once; 0 means any
	// number. With neither rate nor calls limited a gate asks Redis only for
	// holds and cool-downs, about ten times a second, not per call.
	MaxInFlight int
}

// Defaults follow the only advice there is: one request after another.
func Defaults() Limits { return Limits{Rate: 5, Burst: 5, MaxInFlight: 1} }

// Validate reports every limit that makes no sense.
func (l Limits) Validate() error {
	var faults []error
	if math.IsNaN(l.Rate) || l.Rate < 0 || l.Rate > maxRate {
		faults = append(faults, fmt.Errorf("rate is %v: want 0 (no limit) to %d calls a second", l.Rate, maxRate))
	}
	if l.Rate > 0 && l.Rate < 1.0/3600 {
		faults = append(faults, fmt.Errorf("rate is %v: less than one call an hour", l.Rate))
	}
	if l.Rate > 0 && (l.Burst < 1 || l.Burst > maxBurst) {
		faults = append(faults, fmt.Errorf("burst is %d: want 1 to %d", l.Burst, maxBurst))
	}
	if l.MaxInFlight < 0 {
		faults = append(faults, fmt.Errorf("max in flight is %d: want 0 (no limit) or more", l.MaxInFlight))
	}
	return errors.Join(faults...)
}

// unlimited reports whether nothing is limited but by holds and cool-downs.
func (l Limits) unlimited() bool { return l.Rate == 0 && l.MaxInFlight == 0 }

// interval is the time between two calls at the full rate, rounded up to
// microseconds; 0 without a rate.
func (l Limits) interval() time.Duration {
	if l.Rate == 0 {
		return 0
	}
	return time.Duration(math.Ceil(1e6/l.Rate)) * time.Microsecond
}

// budget is what burst buys in time. With grants spaced by GCRA (interval T,
// tolerance τ) and calls reaching the API less than L after their grant's time,
// a sliding second sees at most 1 + ⌊(1 s + L + τ) / T⌋ of them. That is at most
// rate + burst as long as L + τ is no more than ⌊rate + burst⌋·T - 1 s, the
// budget that the two share.
func (l Limits) budget() time.Duration {
	whole := math.Floor(l.Rate + float64(l.Burst))
	return time.Duration(whole)*l.interval() - time.Second
}

// late is the lateness L that calls may have without breaking the promise:
// half of the budget, and all of it where that is less than 100 ms.
func (l Limits) late() time.Duration {
	if l.Rate == 0 {
		return maxLate
	}
	return min(max(l.budget()/2, min(l.budget(), 100*time.Millisecond)), maxLate)
}

// tolerance is GCRA's τ: what is left of the budget, so that an account that
// was idle may make 1 + τ·R calls at once.
func (l Limits) tolerance() time.Duration { return max(0, l.budget()-l.late()) }

// validity is how long after its time a grant may be used at first; the rest of
// the lateness is for the way to the API. See the type validity.
func (l Limits) validity() time.Duration {
	if l.Rate == 0 {
		return maxLate
	}
	return max(l.late()*3/4, 10*time.Millisecond)
}

// ahead is how far ahead grants are reserved: long enough to bridge a pause of
// Redis or of a process, short enough that no process hoards slots.
func (l Limits) ahead() time.Duration {
	return min(max(2*l.interval(), 300*time.Millisecond), maxAhead)
}
