package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// goneError answers every command and call of a dead process. It reads as "not found"
// too, so that the rest of the process has nothing to wait for and ends at once: it
// cannot change anything any more.
type goneError struct{}

func (goneError) Error() string { return "this process is dead" }

func (goneError) Is(target error) bool { return target == campaign.ErrNotFound }

// process is one worker as the world sees it: all of its commands to Redis and
// all of its calls to the API pass through here, until it is dead.
type process struct {
	target *point // where it dies; nil: it lives
	sim    *simulator.Server
	redis  *redis.Client // the test's own, for looking ahead
	book   *book         // takes down what it writes; may be nil
	file   *tail         // Redis's append-only file; may be nil
	one    *sync.Mutex   // lets one command at a time pass, where that is needed
	prefix string        // of the names of what it does
	apart  bool          // Redis refuses scripts on ledger and queue together

	inside sync.RWMutex // held by what is on its way into the world
	dead   atomic.Bool
	died   chan struct{}

	mu      sync.Mutex
	seen    map[string]int
	trace   []string
	state   string // that the last commit led to
	calling int    // calls that are under way
	answers []answer
}

// answer is what came of a create, as the process got it.
type answer []byte

func newProcess(target *point) *process {
	return &process{target: target, died: make(chan struct{}), seen: map[string]int{}}
}

// die lets nothing more pass, waits for what has passed already, and closes died.
func (p *process) die() {
	if p.dead.Swap(true) {
		return
	}
	p.inside.Lock()
	defer p.inside.Unlock()
	close(p.died)
}

// enter lets one thing into the world, unless the process is dead.
func (p *process) enter() bool {
	p.inside.RLock()
	if p.dead.Load() {
		p.inside.RUnlock()
		return false
	}
	return true
}

// due reports whether the process dies at the coming occurrence of a name.
func (p *process) due(name string, after bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.target
	return t != nil && t.name == name && t.after == after && p.seen[name]+1 == t.nth
}

// passed counts an occurrence.
func (p *process) passed(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[name]++
	p.trace = append(p.trace, name)
	return p.seen[name]
}

// command carries out commands of one trip to Redis.
func (p *process) command(ctx context.Context, cmds []redis.Cmder, do func() error) error {
	if p.dead.Load() {
		return goneError{}
	}
	if greeting(cmds) {
		return do()
	}
	if p.target == nil && p.book == nil && !p.apart {
		return p.unwatched(do)
	}
	a := p.actOf(cmds)
	if p.apart && a.joined {
		return crossSlot{}
	}
	if p.one != nil {
		p.one.Lock()
		defer p.one.Unlock()
	}
	if !p.enter() {
		return goneError{}
	}
	if p.due(a.name, false) && p.writes(ctx, a) {
		p.inside.RUnlock()
		p.die()
		return goneError{}
	}
	last := p.due(a.name, true)
	err := p.carryOut(ctx, a, cmds, do)
	p.inside.RUnlock()
	if last && took(a, cmds, err) {
		p.die()
		return goneError{}
	}
	return err
}

// unwatched carries out what is of no interest but that it stops in the end.
func (p *process) unwatched(do func() error) error {
	if !p.enter() {
		return goneError{}
	}
	defer p.inside.RUnlock()
	return do()
}

func (p *process) carryOut(ctx context.Context, a act, cmds []redis.Cmder, do func() error) error {
	mark := p.file.mark()
	changes := p.book.changes(ctx)
	err := do()
	if !took(a, cmds, err) {
		return err
	}
	p.file.wrote(mark)
	n := p.passed(a.name)
	if p.book.changes(ctx) != changes {
		p.book.write(a, n)
	}
	if a.state != "" && err == nil && applied(cmds[0]) {
		p.mu.Lock()
		p.state = a.state
		p.mu.Unlock()
	}
	return err
}

// greeting reports whether commands are those that go-redis opens a connection
// with, in the middle of the first command that needs it.
func greeting(cmds []redis.Cmder) bool {
	return len(cmds) == 0 || cmds[0].Name() == "hello" || cmds[0].Name() == "client"
}

// writes reports whether a command will find something to do: asking an empty
// queue is no write.
func (p *process) writes(ctx context.Context, a act) bool {
	if !a.dequeue {
		return true
	}
	n, err := p.redis.LLen(ctx, a.key).Result()
	return err == nil && n > 0
}

// took reports whether commands were carried out: a script whose text Redis
// wants first was not, and an empty queue gave nothing.
func took(a act, cmds []redis.Cmder, err error) bool {
	if err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT") {
		return false
	}
	for _, c := range cmds {
		if err := c.Err(); err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT") {
			return false
		}
	}
	if !a.dequeue {
		return true
	}
	c, ok := cmds[0].(*redis.Cmd)
	if !ok || c.Err() != nil {
		return false
	}
	_, got := c.Val().([]any)
	return got
}

// applied reports whether a commit was written.
func applied(c redis.Cmder) bool {
	cmd, ok := c.(*redis.Cmd)
	if !ok {
		return false
	}
	parts, _ := cmd.Val().([]any)
	return len(parts) > 0 && parts[0] == "applied"
}

// ServeHTTP is the API as this process reaches it.
func (p *process) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := "call " + r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if !p.enter() {
		panic(http.ErrAbortHandler)
	}
	if p.due(name, false) {
		p.inside.RUnlock()
		p.die()
		panic(http.ErrAbortHandler)
	}
	last := p.due(name, true)
	p.book.call(name, p.passed(name))
	p.called(1)
	defer p.called(-1)
	func() {
		defer p.inside.RUnlock()
		if last {
			defer func() { _ = recover() }() // the API cutting the connection
			w = &unread{header: http.Header{}}
		}
		read := &noted{ResponseWriter: w}
		p.sim.ServeHTTP(read, r)
		if name == "call create" && !last && r.Context().Err() == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.answers = append(p.answers, read.body)
		}
	}()
	if last {
		p.die()
		panic(http.ErrAbortHandler)
	}
}

func (p *process) called(by int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calling += by
}

// unfinished says what a living process has still to write down: the answer to a call
// that is under way, or a ticket that it got and that is not in the record.
func (p *process) unfinished(r campaign.Record, tickets []simulator.Ticket) string {
	if p.dead.Load() {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calling > 0 {
		return fmt.Sprintf("%d calls are under way", p.calling)
	}
	for _, k := range tickets {
		got := slices.ContainsFunc(p.answers, func(a answer) bool { return bytes.Contains(a, []byte(k.Ticket)) })
		if got && !knows(r, k.Ticket) {
			return "the record does not know ticket " + k.Ticket
		}
	}
	return ""
}

// noted is an answer that the test reads, too.
type noted struct {
	http.ResponseWriter
	body answer
}

func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func (n *noted) Write(b []byte) (int, error) {
	n.body = append(n.body, b...)
	return n.ResponseWriter.Write(b)
}

// unread drops an answer.
type unread struct{ header http.Header }

func (u *unread) Header() http.Header         { return u.header }
func (u *unread) Write(b []byte) (int, error) { return len(b), nil }
func (u *unread) WriteHeader(int)             {}

// hook is the process in its Redis client.
type hook struct{ *process }

// DialHook lets a dead process connect: nothing that changes anything follows.
func (h hook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := h.command(ctx, []redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
		answerDead(err, cmd)
		return err
	}
}

func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := h.command(ctx, cmds, func() error { return next(ctx, cmds) })
		answerDead(err, cmds...)
		return err
	}
}

// answerDead puts its error in place of the answers to a dead process's commands.
func answerDead(err error, cmds ...redis.Cmder) {
	if !errors.Is(err, goneError{}) && !errors.Is(err, crossSlot{}) {
		return
	}
	for _, c := range cmds {
		c.SetErr(err)
	}
}

// turn lets the test's own commands pass one at a time with a process's.
type turn struct{ one *sync.Mutex }

func (turn) DialHook(next redis.DialHook) redis.DialHook { return next }

func (u turn) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if greeting([]redis.Cmder{cmd}) {
			return next(ctx, cmd)
		}
		u.one.Lock()
		defer u.one.Unlock()
		return next(ctx, cmd)
	}
}

func (u turn) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if greeting(cmds) {
			return next(ctx, cmds)
		}
		u.one.Lock()
		defer u.one.Unlock()
		return next(ctx, cmds)
	}
}
