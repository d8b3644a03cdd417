package redistest

import "github.com/redis/go-redis/v9"

// Rights of a User, to be taken away and given back.
const (
	NoInfo     = "-info"
	NoChannels = "resetchannels"
	NoScripts  = "-@scripting"
)

// User is a user of the server who may do everything but what some ACL rules
// forbid.
type User struct {
	server         *Server
	name, password string
}

// User makes a user; each rule is one word of ACL SETUSER.
func (s *Server) User(rules ...string) *User {
	s.tb.Helper()
	u := &User{server: s, name: "octoq", password: "secret"}
	u.Change(append([]string{"reset", "on", ">" + u.password, "~*", "&*", "+@all"}, rules...)...)
	return u
}

// Change applies further rules, to connections that are open as well.
func (u *User) Change(rules ...string) {
	u.server.tb.Helper()
	if err := u.server.Client().ACLSetUser(u.server.tb.Context(), u.name, rules...).Err(); err != nil {
		u.server.tb.Fatalf("change the rights of user %s: %v", u.name, err)
	}
}

// URL is the server's address as a Redis URL with the user's password.
func (u *User) URL() string {
	return "redis://" + u.name + ":" + u.password + "@" + u.server.Addr + "/0"
}

// Client is a client of that user that is closed with the test.
func (u *User) Client() *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: u.server.Addr, Username: u.name, Password: u.password})
	u.server.tb.Cleanup(func() { _ = c.Close() })
	return c
}
