package crash

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

// act is one trip to Redis under a name that is the same in each run: who made
// it, what it was, and for a commit of the ledger from which state to which.
type act struct {
	name    string
	key     string // the first one
	state   string // that a commit leads to
	dequeue bool
	counted bool     // each occurrence is a point of its own
	joined  bool     // it writes ledger and queue in one script
	sites   []string // the lines of the use cases that led here, as "stage/call.go:45"
}

// actOf names a trip by the functions that led to it and by its keys.
func (p *process) actOf(cmds []redis.Cmder) act {
	by := callers()
	keys := keysOf(cmds[0])
	a := act{sites: by.sites, dequeue: by.asynq == "Dequeue"}
	var form string
	if len(keys) > 0 {
		a.key, form = keys[0], short(keys[0])
	}
	switch {
	case by.asynq != "":
		a.name = "asynq." + by.asynq + " " + form
		if !strings.HasPrefix(cmds[0].Name(), "eval") { // octoq looks before it forwards
			a.name += " " + cmds[0].Name()
		}
	case by.adapter == "ledger.CommitAppending":
		move := moveOf(cmds[0], keys)
		a.name, a.state = by.use+" ledger.Commit "+move.String(), move.to
		if slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, "asynq:") }) {
			a.name += ", handing over"
			a.joined = true
		}
		a.counted = true
	default:
		a.name = strings.TrimSpace(by.use+" "+by.adapter) + " " + cmds[0].Name() + " " + form
		// How often a lease is renewed depends on how long things take.
		a.counted = by.use != "" && by.use != "stage.callOnce" && by.adapter != "ledger.TryAcquire"
	}
	a.name = p.prefix + strings.NewReplacer("evalsha", "script", "eval", "script").Replace(a.name)
	if strings.HasPrefix(by.adapter, "limit.") && !strings.HasPrefix(by.use, "hold.") {
		p.mu.Lock()
		a.name += " @" + p.state
		p.mu.Unlock()
	}
	return a
}

// by says which functions led to a trip.
type by struct {
	asynq   string // asynq's own operation
	use     string // the innermost function of a use case
	adapter string // the innermost exported function of an adapter
	sites   []string
}

const module = "github.com/octoq/octoq/"

func callers() by {
	var pcs [96]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs[:])])
	var b by
	var inner string
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if _, m, ok := strings.Cut(f.Function, "asynq/internal/rdb.(*RDB)."); ok {
			if m = plain(m); m != "" && m[0] < 'a' {
				b.asynq = m
			}
			continue
		}
		rest, ours := strings.CutPrefix(f.Function, module)
		if !ours {
			continue
		}
		pkg, name := split(rest)
		switch pkg {
		case "admin", "enqueue":
			if b.use == "" && !passes(name) {
				b.use = pkg + "." + name
			}
		case "stage", "sweep", "hold":
			if b.use == "" && !passes(name) {
				b.use = pkg + "." + name
			}
			b.sites = append(b.sites, pkg+"/"+path.Base(f.File)+":"+strconv.Itoa(f.Line))
		case "ledger", "queue", "limit", "holdstore":
			if inner == "" {
				inner = pkg + "." + name
			}
			if b.adapter == "" && name[0] < 'a' && name != "EvalSha" && name != "Eval" {
				b.adapter = pkg + "." + name
			}
		}
	}
	if b.adapter == "" || b.adapter == "limit.Run" { // the gate's own goroutine
		b.adapter = inner
	}
	return b
}

// passes are functions that only hand on what another has decided.
func passes(name string) bool {
	return slices.Contains([]string{
		"commit", "commitAndEnqueue", "enqueueNext", "putStep", "bury", "afterSettle", "afterLostReply", "goOn", "swap", "change",
	}, name)
}

// split takes "internal/stage.(*Runner).claim.func1" to "stage" and "claim".
func split(function string) (pkg, name string) {
	function = function[strings.LastIndexByte(function, '/')+1:]
	pkg, name, _ = strings.Cut(function, ".")
	if _, method, ok := strings.Cut(name, ")."); ok {
		name = method
	} else if i := strings.IndexByte(name, '.'); i >= 0 && !strings.HasPrefix(name[i+1:], "func") {
		name = name[i+1:]
	}
	return pkg, plain(name)
}

// plain is a function's name without the literals in it.
func plain(name string) string {
	name, _, _ = strings.Cut(name, ".")
	return name
}

// keysOf are the keys of a command.
func keysOf(c redis.Cmder) []string {
	args := c.Args()
	first, n := 1, 1
	if strings.HasPrefix(c.Name(), "eval") && len(args) > 2 {
		first = 3
		n, _ = args[2].(int)
	}
	var keys []string
	for i := first; i < first+n && i < len(args); i++ {
		if s, ok := args[i].(string); ok {
			keys = append(keys, s)
		}
	}
	return keys
}

// short is a key without account, campaign, ticket and process.
func short(k string) string {
	if rest, ok := strings.CutPrefix(k, "asynq:{"); ok {
		queue, form, _ := strings.Cut(rest, "}:")
		_, stage, _ := key.SplitQueue(queue)
		if strings.HasPrefix(form, "t:") {
			form = "t"
		}
		return string(stage) + ":" + form
	}
	if rest, ok := strings.CutPrefix(k, "asynq:"); ok {
		form, _, _ := strings.Cut(rest, ":")
		return "asynq:" + form
	}
	if strings.HasPrefix(k, key.Worker("")) {
		return "worker"
	}
	_, rest, ok := strings.Cut(k, "}:")
	if !ok {
		if _, stage, isWake := key.SplitQueue(strings.TrimPrefix(k, "octoq:wake:")); isWake {
			return "wake:" + string(stage)
		}
		return k
	}
	parts := strings.Split(rest, ":")
	if parts[0] == "c" && len(parts) > 1 {
		parts = slices.Delete(parts, 1, 2)
	}
	if parts[0] == "ticket" {
		parts = parts[:1]
	}
	return strings.Join(parts, ":")
}

// move is a commit's way from one state to another.
type move struct{ from, to string }

func (m move) String() string { return fmt.Sprintf("%s→%s", m.from, m.to) }

// moveOf reads it off the script's keys and arguments: the state's set, those
// that are left, and the revision, which a first write has not.
func moveOf(c redis.Cmder, keys []string) move {
	const revisionAt = 7
	var m move
	for _, k := range keys {
		state, ok := strings.CutPrefix(short(k), "state:")
		switch {
		case ok && m.to == "":
			m.to, m.from = state, state
		case ok && m.from == m.to:
			m.from = state
		}
	}
	args := c.Args()
	if at := 3 + len(keys) + revisionAt; at < len(args) && args[at] == "" {
		m.from = "none"
	}
	return m
}
