package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/contacts"
)

// progressFile notes how far a push has come.
type progressFile struct {
	path     string
	progress contacts.PushProgress // as it was read
}

// openProgress reads the progress of a push of a file; there may be none yet.
func openProgress(c *cobra.Command, of string) (*progressFile, error) {
	named, err := c.Flags().GetString("progress")
	if err != nil {
		return nil, err
	}
	p := &progressFile{path: cmp.Or(named, of+".progress")}
	text, err := readProgress(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, nil
	case err != nil:
		return nil, usagef("read the progress: %v", err)
	case json.Unmarshal(text, &p.progress) != nil || !p.progress.Whole():
		return nil, usagef("%s holds no progress of a push, or is damaged: put it back, or delete it to push all lines anew", p.path)
	}
	return p, nil
}

// readProgress reads the file of a progress, which is a short one.
func readProgress(path string) ([]byte, error) {
	const longest = 4096
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !about.Mode().IsRegular() || about.Size() > longest:
		return nil, fmt.Errorf("%s is no file of a progress", path)
	}
	return os.ReadFile(path) //nolint:gosec // the user names the file
}

// save puts a progress in the place of the one before: after a crash of the machine there is
// either.
func (p *progressFile) save(progress contacts.PushProgress) error {
	err := p.replace(progress)
	if err != nil {
		return fmt.Errorf("note the progress in %s: %w", p.path, err)
	}
	return nil
}

func (p *progressFile) replace(progress contacts.PushProgress) error {
	text, err := json.Marshal(progress)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(p.path), filepath.Base(p.path)+".*") // for its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(next.Name()) }() // it is there no more where all went well
	_, err = next.Write(append(text, '\n'))
	if err == nil {
		err = next.Sync()
	}
	if err := errors.Join(err, next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), p.path)
}

// printResults prints what became of lines: of each as JSON, else of those that were not
// added.
func printResults(c *cobra.Command, results []contacts.LineResult) error {
	for _, r := range results {
		var err error
		switch {
		case jsonWanted(c):
			err = printJSON(c.OutOrStdout(), r)
		case r.Result == contacts.Invalid, r.Result == contacts.Refused:
			_, err = fmt.Fprintf(c.OutOrStdout(), "line %d is %s: %s\n", r.Line, r.Result, plain(r.Detail))
		case r.Result == contacts.OptedOut:
			_, err = fmt.Fprintf(c.OutOrStdout(), "line %d has opted out\n", r.Line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printPushed prints what a push came to, over all its runs.
func printPushed(c *cobra.Command, last contacts.PushProgress) error {
	err := printDone(c, last.Tally, "%d added, %d opted out, %d invalid, %d refused\n", last.Added, last.OptedOut, last.Invalid, last.Refused)
	switch {
	case err != nil:
		return err
	case last.Refused > 0:
		return errSilent(exitAPI)
	case last.Invalid > 0:
		return errSilent(exitUsage)
	default:
		return nil
	}
}
