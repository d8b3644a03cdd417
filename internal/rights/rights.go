// Package rights names what a Redis user has to be granted for octoq to work.
package rights

import "strings"

// What a user needs, as words of ACL SETUSER.
const (
	Scripts  = "+@scripting"
	Commands = "+@read +@write +publish +info +time"
	Keys     = "~octoq:* ~asynq:*"
	Channels = "&octoq:* &asynq:*"
)

// Grant is how to grant some rights.
func Grant(rights string) string { return "ACL SETUSER <user> " + rights }

// GrantFor is how to grant what Redis has refused to its user; "" for any other
// error. Redis words its refusals in several ways, by its version: up to 7.0 it
// does not name the command that a script may not run.
func GrantFor(err error) string {
	if err == nil {
		return ""
	}
	text := strings.ToLower(err.Error())
	if !strings.Contains(text, "noperm") && !strings.Contains(text, "the user executing the script can't") {
		return ""
	}
	switch command := refusedCommand(text); {
	case command == "eval", command == "evalsha":
		return Grant(Scripts)
	case command != "":
		return Grant("+" + command)
	case strings.Contains(text, "channel"):
		return Grant(Channels)
	case strings.Contains(text, "key"):
		return Grant(Keys)
	default:
		return Grant(Commands)
	}
}

// refusedCommand finds the command, and the subcommand behind a bar, that Redis
// refused; "" where it names none.
func refusedCommand(text string) string {
	_, rest, named := strings.Cut(text, "run the '")
	command, _, _ := strings.Cut(rest, "'")
	if !named {
		return ""
	}
	return command
}
