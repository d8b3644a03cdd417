package hold

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Config says when an account is held and how it is tried. The zero value is
// the defaults.
type Config struct {
	// Answers is how many unavailable answers in a row, spread over at least
	// Campaigns campaigns, hold the account; 10 and 3 by default. One campaign
	// that always fails beside others that pass never makes such a row.
	Answers, Campaigns int
	// BlockedFor is how long creates have to be answered "another campaign awaits
	// approval" (126) in a row before they are held, 10 min by default, and
	// Blocked how many such answers that takes at least, 5.
	BlockedFor time.Duration
	Blocked    int
	// Quiet is how long a half-open hold waits for a campaign to try, 1 min by
	// default; then it is lifted: there is none left that it could spare a refusal.
	Quiet time.Duration
	// FirstProbe is the wait before the first probe of a hold, 5 s by default.
	// It grows by Factor (2) with each probe that fails, up to MaxProbe (5 min).
	FirstProbe time.Duration
	Factor     float64
	MaxProbe   time.Duration
	// Jitter is by which part a wait may be longer or shorter, 0.1 by default;
	// a negative one means none.
	Jitter float64
	// Interval is how often the Controller looks without being woken, 1 s by default.
	Interval time.Duration
	// LeaseInterval is how often the lease of the leader is renewed or asked for,
	// 5 s by default; when the hold changes, it is asked for at once.
	LeaseInterval time.Duration
	// ProbeTimeout bounds one balance call, its wait for the limiter included;
	// 10 s by default.
	ProbeTimeout time.Duration
}

func (c Config) withDefaults() (Config, error) {
	var faults []error
	for _, n := range []struct {
		name string
		v    *int
		def  int
	}{{"answers", &c.Answers, 10}, {"campaigns", &c.Campaigns, 3}, {"blocked", &c.Blocked, 5}} {
		if *n.v < 0 {
			faults = append(faults, fmt.Errorf("%s is %d: want 1 or more", n.name, *n.v))
		}
		if *n.v == 0 {
			*n.v = n.def
		}
	}
	for _, d := range []struct {
		name string
		v    *time.Duration
		def  time.Duration
	}{
		{"first probe", &c.FirstProbe, 5 * time.Second}, {"max probe", &c.MaxProbe, 5 * time.Minute},
		{"interval", &c.Interval, time.Second}, {"probe timeout", &c.ProbeTimeout, 10 * time.Second},
		{"blocked for", &c.BlockedFor, 10 * time.Minute}, {"quiet", &c.Quiet, time.Minute},
		{"lease interval", &c.LeaseInterval, 5 * time.Second},
	} {
		if *d.v < 0 {
			faults = append(faults, fmt.Errorf("%s is %v: want a positive time", d.name, *d.v))
		}
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if c.Factor == 0 {
		c.Factor = 2
	}
	if math.IsNaN(c.Factor) || c.Factor < 1 {
		faults = append(faults, fmt.Errorf("factor is %v: want 1 or more", c.Factor))
	}
	if c.Jitter == 0 {
		c.Jitter = 0.1
	}
	if math.IsNaN(c.Jitter) || c.Jitter >= 1 {
		faults = append(faults, fmt.Errorf("jitter is %v: want less than 1", c.Jitter))
	}
	return c, errors.Join(faults...)
}

// wait is the time before the next probe of a hold that was tried tries times.
// random lies in [0, 1).
func (c Config) wait(tries int, random float64) time.Duration {
	w := min(float64(c.FirstProbe)*math.Pow(c.Factor, float64(tries)), float64(c.MaxProbe))
	return time.Duration(w * (1 + max(c.Jitter, 0)*(2*random-1)))
}
