package zone

import (
	"archive/zip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Release is that of the IANA time zone database in zoneinfo.zip.
const Release = "2025c"

// largest bounds a zone's file; the longest has some 3 KB.
const largest = 64 << 10

// ErrUnknown is the error of a name that no zone has.
var ErrUnknown = errors.New("there is no such time zone")

//go:embed zoneinfo.zip
var data string

// Load returns the zone of an IANA name, such as Europe/Paris or UTC. Any other
// name is ErrUnknown: Local and the empty name, too, which mean another zone on
// another machine.
func Load(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil
	}
	file, err := read(name)
	if err != nil {
		return nil, err
	}
	loaded, err := time.LoadLocationFromTZData(name, file)
	if err != nil {
		return nil, fmt.Errorf("read the time zone %q: %w", name, err)
	}
	return loaded, nil
}

// Names lists all zones.
func Names() ([]string, error) {
	index, err := files()
	return slices.Sorted(maps.Keys(index)), err
}

// files finds the files of zones by their names. It is made once: the archive
// has six hundred entries.
//
//nolint:gochecknoglobals // an index of what is built in, which nothing changes
var files = sync.OnceValues(func() (map[string]*zip.File, error) {
	all, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("read the time zones that are built in: %w", err)
	}
	index := map[string]*zip.File{}
	for _, f := range all.File {
		if !f.FileInfo().IsDir() {
			index[f.Name] = f
		}
	}
	return index, nil
})

// read returns a zone's file.
func read(name string) ([]byte, error) {
	index, err := files()
	if err != nil {
		return nil, err
	}
	file, known := index[name]
	if !known {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	r, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("read the time zone %q: %w", name, err)
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(io.LimitReader(r, largest))
}
