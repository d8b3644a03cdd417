// Package rights knows what each role needs of Redis: which commands, keys and
// channels. It names what a user lacks, and tries whether one has it all.
package rights

import (
	"strings"
)

// Grant is how to grant some rights, which are words of ACL SETUSER.
func Grant(rights string) string { return "ACL SETUSER <user> " + rights }

// GrantFor is how to grant what Redis has refused to the user of a role; "" for
// any other error. Redis up to 7.0 does not name the command that a script may not
// run: then it is all that the role runs.
func GrantFor(err error, r Role) string {
	words := wordsFor(err, "", r)
	if words == nil {
		return ""
	}
	return Grant(strings.Join(words, " "))
}

// wordsFor are the words that grant what Redis has refused, nil for any other error.
// Redis words its refusals in several ways, by its version. The command is the one
// that was refused where the error does not name it, or "".
func wordsFor(err error, command string, r Role) []string {
	what, refused := refusal(err)
	if !refused {
		return nil
	}
	if named := namedIn(what); named != "" {
		return grantsWith(named)
	}
	switch what = unquoted(what); {
	case strings.Contains(what, "channel"):
		return r.channels()
	case strings.Contains(what, "key"):
		return r.keys()
	case command != "":
		return grantsWith(command)
	default:
		return grants(r.Commands())
	}
}

// refusal is what the user may not do, in Redis's words without the user's name.
func refusal(err error) (what string, refused bool) {
	if err == nil {
		return "", false
	}
	text := strings.ToLower(err.Error())
	_, what, refused = strings.Cut(text, "permissions to ")
	if refused && (strings.Contains(text, "noperm") || strings.Contains(text, "acl failure in script")) {
		return what, true
	}
	_, what, refused = strings.Cut(text, "the user executing the script can't ")
	return what, refused
}

// unquoted is a text without what stands between its quotes, such as a key.
func unquoted(text string) string {
	before, rest, _ := strings.Cut(text, "'")
	return before + rest[strings.LastIndex(rest, "'")+1:]
}

// namedIn is the command, and the subcommand behind a bar, that a refusal names; ""
// where it names none.
func namedIn(what string) string {
	rest, named := strings.CutPrefix(what, "run the '")
	command, _, _ := strings.Cut(rest, "'")
	if !named {
		return ""
	}
	return command
}

// grantsWith are the words that grant a command: both ways to run a script together.
func grantsWith(command string) []string {
	if command == "eval" || command == "evalsha" {
		return grants([]string{"eval", "evalsha"})
	}
	return grants([]string{command})
}

// grants are the words that grant commands.
func grants(commands []string) []string {
	words := make([]string, len(commands))
	for i, c := range commands {
		words[i] = "+" + c
	}
	return words
}
