package ledger

import (
	"cmp"
	"context"
	"fmt"

	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
)

// Guard makes a person's change one of what was seen. The zero Guard lets everything
// pass.
type Guard struct {
	// Check is asked about each record that the change is decided on. Its error ends the
	// change; nothing is written then. Since a change is written against the record that
	// it was decided on alone, none is written that Check did not pass.
	Check func(record.Record) error
	// Token names the write, for callers that have to recognize it; by default a random one.
	Token string
	// Then follows the write in the same script.
	Then Append
}

// guardKey is where a context has its guard.
type guardKey struct{}

// WithGuard is a context for one change of one campaign, under a guard. It reaches through
// the client of package enqueue, whose users know nothing of guards.
func WithGuard(ctx context.Context, g Guard) context.Context {
	return context.WithValue(ctx, guardKey{}, g)
}

// GuardOf is the guard of a context, by default the zero Guard.
func GuardOf(ctx context.Context) Guard {
	g, _ := ctx.Value(guardKey{}).(Guard)
	return g
}

// Allows is the error of Check, if there is one.
func (g Guard) Allows(r record.Record) error {
	if g.Check == nil {
		return nil
	}
	return g.Check(r)
}

// Name is the token of the write.
func (g Guard) Name() string { return cmp.Or(g.Token, random.Token()) }

// With is both, one after the other. Each sees its own keys and arguments alone; of what
// they return nothing is passed on.
func (a Append) With(b Append) Append {
	switch {
	case a.Script == "":
		return b
	case b.Script == "":
		return a
	}
	const both = `
local function first(KEYS, ARGV, run)
%s
end
local function second(KEYS, ARGV, run)
%s
end
local keys, args = %d, %d
first({ unpack(KEYS, 1, keys) }, { unpack(ARGV, 1, args) }, run)
second({ unpack(KEYS, keys + 1) }, { unpack(ARGV, args + 1) }, run)
`
	return Append{
		Script: fmt.Sprintf(both, a.Script, b.Script, len(a.Keys), len(a.Args)),
		Keys:   append(append([]string{}, a.Keys...), b.Keys...),
		Args:   append(append([]any{}, a.Args...), b.Args...),
	}
}
