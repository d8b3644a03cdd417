package doctor

import (
	"fmt"
	"strings"
)

// Sentinels is what sentinels say of the master that they watch.
type Sentinels struct {
	Name, Addr    string
	Flags         string
	Replicas      int
	Known, Answer int // sentinels: those that know each other, and those of the address that answered
	Named         int // sentinels of the address
	Quorum        int
}

// Watched is the finding of what sentinels say.
func Watched(s Sentinels, err error) Finding {
	if err != nil {
		return fault(CheckSentinel, "the sentinels cannot be asked: "+err.Error(), "Start them, or correct OCTOQ_REDIS_URL.")
	}
	what := fmt.Sprintf("Sentinel: master %s at %s, %d replicas, %d sentinels, quorum %d", s.Name, s.Addr, s.Replicas, s.Known, s.Quorum)
	switch {
	case strings.Contains(s.Flags, "down"):
		return fault(CheckSentinel, what+": they say that the master is down", "Wait for the fail-over, and look at the sentinels' logs if there is none.")
	case s.Known < 3 || s.Quorum > s.Known:
		return warning(CheckSentinel, what+": too few to fail over when one is lost", "Run three sentinels on three machines, with a quorum of 2.")
	case s.Answer < s.Named:
		return warning(CheckSentinel, fmt.Sprintf("%s; %d of the %d in OCTOQ_REDIS_URL do not answer", what, s.Named-s.Answer, s.Named), "Start them, or correct OCTOQ_REDIS_URL.")
	case s.Replicas == 0:
		return warning(CheckSentinel, what+": there is none to fail over to", "Give the master a replica.")
	default:
		return ok(CheckSentinel, what)
	}
}

// CutOff is about a master that its sentinels and replicas do not hear any more. text is
// what INFO says of replication.
func CutOff(text string, err error) []Finding {
	fields := parse(text)
	if err != nil || fields["role"] != "master" {
		return nil // said elsewhere
	}
	if good := fields["min_slaves_good_slaves"]; good == "" {
		return []Finding{warning(CheckSentinel, "min-replicas-to-write is 0: a master that is cut off goes on taking writes, which are forgotten when it is back",
			"Set min-replicas-to-write to 1 and min-replicas-max-lag to 10, or wait for replicas when enqueueing (--durable=replicas:1).")}
	}
	return []Finding{ok(CheckSentinel, "a master that is cut off takes no writes (min-replicas-to-write is set)")}
}

// PlainPassword is the finding of a password that others on the way can read.
func PlainPassword() Finding {
	return warning(CheckReach, "the password of Redis travels readable: its address is beyond this machine and without TLS",
		"Let Redis speak TLS, and write rediss instead of redis in front of OCTOQ_REDIS_URL.")
}
