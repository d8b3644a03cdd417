package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
)

// roleSecret is the password of the users of all roles.
const roleSecret = "of-the-roles"

// startRedis starts a Redis with a user for each role, who may do exactly what the
// role's rule says, also after a restart.
func startRedis(t *testing.T, args ...string) *redistest.Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := redistest.Start(t, append([]string{"--aclfile", file}, args...)...)
	c := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer func() { _ = c.Close() }() // tests count connections
	for _, role := range rights.Roles() {
		setUser(t, c, role, role.Rule())
	}
	if err := c.Do(t.Context(), "ACL", "SAVE").Err(); err != nil {
		t.Fatalf("make the users of the roles: %v", err)
	}
	return s
}

// grant changes the rights of a role's user until Redis restarts.
func (r *rig) grant(role rights.Role, rules ...string) {
	r.t.Helper()
	if err := r.redis.Client().ACLSetUser(r.t.Context(), userOf(role), rules...).Err(); err != nil {
		r.t.Fatalf("change the rights of %s: %v", role, err)
	}
}

func userOf(role rights.Role) string { return "octoq-" + string(role) }

// roleOf is the role of a process; "" if it has none.
func roleOf(args []string) rights.Role {
	is := func(command string) bool { return slices.Contains(args, command) }
	switch {
	case is("bench"), is("demo"), is("simulate"):
		return ""
	case is("worker"):
		return rights.Worker
	case is("enqueue"):
		return rights.Producer
	case is("web"):
		return rights.Web
	case is("doctor"):
		return rights.Doctor
	default:
		return rights.Operator
	}
}

// envOf is the environment of a process, which uses Redis as the user of its role. A
// test that has set OCTOQ_REDIS_URL has the last word.
func (r *rig) envOf(args []string) []string {
	if r.redis == nil && r.base == "" {
		return r.env
	}
	return append([]string{"OCTOQ_REDIS_URL=" + r.roleURL(roleOf(args))}, r.env...)
}

// roleURL is the address of Redis for a role.
func (r *rig) roleURL(role rights.Role) string {
	base := r.base
	if by := r.ways[role]; by != nil {
		base = by.URL()
	} else if base == "" {
		base = r.redis.URL()
	}
	if role == "" {
		return base
	}
	scheme, rest, _ := strings.Cut(base, "://")
	if _, hosts, login := strings.Cut(rest, "@"); login {
		rest = hosts
	}
	return scheme + "://" + userOf(role) + ":" + roleSecret + "@" + rest
}

// refusal is one that Redis has noted.
type refusal struct{ user, reason, object string }

// refusals are what Redis has refused to the users of roles since it was started.
func (r *rig) refusals() []refusal {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	c := redis.NewClient(&redis.Options{Addr: r.redis.Addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	defer func() { _ = c.Close() }()
	return refusalsOf(ctx, c)
}

// refusalsOf are those of one server, none if it was killed or is frozen.
func refusalsOf(ctx context.Context, c redis.UniversalClient) []refusal {
	noted, err := c.ACLLog(ctx, 128).Result()
	if err != nil {
		return nil
	}
	var all []refusal
	for _, n := range noted {
		if strings.HasPrefix(n.Username, "octoq-") {
			all = append(all, refusal{n.Username, n.Reason, n.Object})
		}
	}
	return all
}

// nothingRefused fails a test in which Redis has refused something to a role.
func (r *rig) nothingRefused() {
	if r.mayBeRefused {
		return
	}
	for _, n := range r.refusals() {
		r.t.Errorf("Redis refused to %s: %s %s", n.user, n.reason, n.object)
	}
}

// watchRoles has every role come by an address of its own, and notes what each runs.
func (r *rig) watchRoles() *redistest.Monitor {
	r.ways = map[rights.Role]*redistest.Address{}
	for _, role := range rights.Roles() {
		r.ways[role] = redistest.NewAddress(r.t, r.redis)
	}
	return r.redis.Monitor()
}

// ranExactly fails unless a role has run all that its rule grants, and nothing else.
func (r *rig) ranExactly(m *redistest.Monitor, role rights.Role) {
	r.t.Helper()
	unseen := []string{"config|get"}  // MONITOR shows no command of administrators
	free := []string{"auth", "hello"} // everybody has them
	ran, granted := m.Ran(r.ways[role], role == rights.Doctor), append(role.Commands(), free...)
	for _, c := range ran {
		if !slices.Contains(granted, c) && !slices.Contains(role.Newer(), "+"+c) {
			r.t.Errorf("%s has run %s, which its rule does not grant", role, c)
		}
	}
	for _, c := range role.Commands() {
		if !slices.Contains(ran, c) && !slices.Contains(unseen, c) {
			r.t.Errorf("%s is granted %s, and has not run it", role, c)
		}
	}
	if r.t.Failed() {
		r.t.Log(fmt.Sprint(role, " ran: ", ran))
	}
}
