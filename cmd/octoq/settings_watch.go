package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/knadh/koanf/v2"
)

const (
	// lookEvery is the pause between two looks at the files of settings. What has changed
	// counts when it stands for settledAfter: files are written in several steps.
	lookEvery    = 2 * time.Second
	settledAfter = 500 * time.Millisecond
	// mostLookedAt is how much of a file is looked at, in bytes.
	mostLookedAt = 1 << 20
)

// settingsWatch notices that files of settings have changed: the config file, those of
// accounts_dir and those with keys. It looks at what they hold, because a mounted secret
// is swapped behind links.
type settingsWatch struct {
	dir   string   // accounts_dir
	files []string // the config file, and those with keys

	known, last [sha256.Size]byte // of the files as they count, and at the last look
}

// follow takes over which files some settings name, those of accounts_dir included.
func (w *settingsWatch) follow(config string, k *koanf.Koanf) {
	w.dir, w.files = k.String("accounts_dir"), []string{config, k.String("api_key" + inFile)}
	for _, name := range k.MapKeys("accounts") {
		w.files = append(w.files, k.String("accounts."+name+".api_key"+inFile))
	}
	slices.Sort(w.files)
	w.files = slices.DeleteFunc(slices.Compact(w.files), func(name string) bool { return name == "" })
}

// checkReadable names what can be read but once, such as a pipe: read again it would be
// empty, or never end.
func (w *settingsWatch) checkReadable() error {
	for _, name := range w.files {
		if about, err := os.Stat(name); err == nil && !about.Mode().IsRegular() {
			return fmt.Errorf("%s can be read but once", name)
		}
	}
	return nil
}

// timer is when to look next.
func (w *settingsWatch) timer() *time.Timer {
	if w.last != w.known {
		return time.NewTimer(settledAfter)
	}
	return time.NewTimer(lookEvery)
}

// changed reports whether the files have become others than those that count, and are as
// they were at the last look. Then they count. At first none do. Files that cannot all be
// read again never change.
func (w *settingsWatch) changed() bool {
	if w.checkReadable() != nil {
		return false
	}
	last := w.last
	w.last = w.sum()
	if w.last == w.known || w.last != last {
		return false
	}
	w.known = w.last
	return true
}

// forget lets no files count, so that they will have changed.
func (w *settingsWatch) forget() { w.known = [sha256.Size]byte{} }

// sum is another for other files, and for each content of them.
func (w *settingsWatch) sum() (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, name := range w.files {
		addFile(h, name)
	}
	names, err := accountFilesIn(w.dir)
	_, _ = fmt.Fprintf(h, "%v\n", err)
	for _, name := range names {
		addFile(h, filepath.Join(w.dir, name))
	}
	h.Sum(sum[:0])
	return sum
}

// addFile adds a file's name, and what it holds if it can be read again.
func addFile(to io.Writer, name string) {
	_, _ = fmt.Fprintf(to, "%q\n", name)
	if about, err := os.Stat(name); err != nil || !about.Mode().IsRegular() {
		_, _ = fmt.Fprintf(to, "%v\n", err)
		return
	}
	f, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		_, _ = fmt.Fprintf(to, "%v\n", err)
		return
	}
	defer func() { _ = f.Close() }()
	n, err := io.Copy(to, io.LimitReader(f, mostLookedAt))
	_, _ = fmt.Fprintf(to, "\n%d %v\n", n, err)
}
