package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
)

// withPassword is withAccess for what needs the hash of a new password.
func withPassword(c *cobra.Command, file string, do func(ctx context.Context, s *accessstore.Store, hash string) error) error {
	password, err := newPassword(c, file)
	if err != nil {
		return err
	}
	hash, err := access.NewPasswords().Hash(c.Context(), password)
	if err != nil {
		return usagef("%v", err)
	}
	return withAccess(c, func(ctx context.Context, s *accessstore.Store) error { return do(ctx, s, hash) })
}

// newPassword reads a password from the file, a terminal, or a line of standard input.
func newPassword(c *cobra.Command, file string) (string, error) {
	in := c.InOrStdin()
	switch {
	case file != "":
		password, err := readSecret(file)
		if err != nil {
			return "", usagef("--password-file: %v", err)
		}
		return password, nil
	case isTerminal(in):
		return askPassword(c.Context(), in.(*os.File), c.ErrOrStderr())
	}
	const longest = 4 << 10
	line, err := bufio.NewReader(io.LimitReader(in, longest)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", usagef("no password: give it as one line of standard input, or name a file by --password-file")
	}
	return line, nil
}

// askPassword asks twice for a password, which the terminal does not show.
func askPassword(ctx context.Context, in *os.File, out io.Writer) (string, error) {
	first, err := askHidden(ctx, in, out, "Password: ")
	if err != nil {
		return "", err
	}
	if err := access.CheckPassword(first); err != nil {
		return "", usagef("%v", err)
	}
	second, err := askHidden(ctx, in, out, "The same again: ")
	if err == nil && first != second {
		err = usagef("the two passwords differ: nothing was changed")
	}
	return first, err
}

// askHidden asks for a line that is not shown, until ctx ends: then the terminal shows
// again what is typed.
func askHidden(ctx context.Context, in *os.File, out io.Writer, question string) (string, error) {
	fd := int(in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	_, _ = io.WriteString(out, question)
	type answer struct {
		line []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(fd)
		answers <- answer{line, err}
	}()
	defer func() { _, _ = io.WriteString(out, "\n") }()
	select {
	case a := <-answers:
		return string(a.line), a.err
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		return "", context.Cause(ctx)
	}
}
