package main

import (
	"fmt"
	"os"

	"github.com/octoq/octoq/enqueue"
)

// openRejects opens or makes the file of rejects, and leaves what is in it until
// begin is called. It must not be the one that is read.
func openRejects(name string, in *os.File) (*os.File, error) {
	if there, err := os.Stat(name); err == nil && in != nil {
		if read, err := in.Stat(); err == nil && os.SameFile(there, read) {
			return nil, usagef("--rejects: %s is the file that is read: name another one", name)
		}
	}
	const mode = 0o600                                         // texts and lists are the user's alone
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, mode) //nolint:gosec // the user names the file
	if err != nil {
		return nil, usagef("--rejects: %v", err)
	}
	return f, nil
}

// begin empties the file of rejects, once the run is sure to begin.
func (r *enqueueReport) begin() error {
	if _, ok := regular(r.rejects); !ok {
		return nil
	}
	if err := r.rejects.Truncate(0); err != nil {
		return fmt.Errorf("empty the rejects: %w", err)
	}
	return nil
}

// reject writes a refused line with its faults to the file of rejects, to be
// corrected and read again.
func (r *enqueueReport) reject(item enqueue.Item) {
	if r.rejects == nil {
		return
	}
	var text []byte
	if header := item.RejectHeader(); !r.started && header != nil {
		text = append(append(text, header...), '\n')
	}
	r.started = true
	text = append(append(text, item.Reject()...), '\n')
	if _, err := r.rejects.Write(text); err != nil {
		r.fail(fmt.Errorf("write the rejects: %w", err))
	}
}
