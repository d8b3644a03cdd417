package crash

import (
	"strings"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
)

// operators are the people's commands as one process, which may die as a worker may.
type operators struct {
	process *process
	client  *enqueue.Client
	desk    *admin.Service
}

// theirs is the prefix of the names of what operators' commands write.
const theirs = "operator: "

// hire starts the operators' process, in the place of one that there may be. It dies
// at a point, or never.
func (t *trial) hire(target *point, watched bool) {
	t.Helper()
	p := newProcess(target)
	p.prefix, p.apart, p.one = theirs, t.script.apart, t.one
	rdb := t.rdb
	if watched || p.apart {
		p.redis = t.server.client(t)
		rdb = t.server.client(t, hook{p})
	}
	if watched {
		p.book, p.file = t.book, t.file
		t.file.begin()
	}
	o := &operators{process: p}
	var err error
	if o.client, err = enqueue.New(enqueue.Config{Client: rdb, Who: "operator"}); err != nil {
		t.Fatal(err)
	}
	if o.desk, err = admin.New(rdb, "operator", 0); err != nil {
		t.Fatal(err)
	}
	t.operators = o
}

// ofOperators reports whether a point is in an operator's command.
func (p point) ofOperators() bool { return strings.HasPrefix(p.name, theirs) }

// crossSlot is how a cluster refuses a script whose keys are on several of its
// servers.
type crossSlot struct{}

func (crossSlot) Error() string { return "CROSSSLOT Keys in request don't hash to the same slot" }
func (crossSlot) RedisError()   {}
