package access

import (
	"fmt"
	"regexp"
)

// CheckName refuses what is no name of a user or token: 1 to 64 of a-z 0-9 . _ @ + -,
// with a letter or digit first. An e-mail address in small letters is one.
func CheckName(name string) error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`).MatchString(name) {
		return fmt.Errorf("%.80q is no name: want 1 to 64 of a-z 0-9 . _ @ + -, with a letter or a digit first", name)
	}
	return nil
}
