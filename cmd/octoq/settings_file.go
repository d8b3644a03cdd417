package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/knadh/koanf/v2"
)

// inFile ends the name of a setting that names a file, which holds the value of the
// setting without that ending.
const inFile = "_file"

// inFiles are the settings whose value may be read from a file of its own.
func inFiles() []string {
	var names []string
	for _, s := range settings() {
		if name, ok := strings.CutSuffix(s.name, inFile); ok {
			names = append(names, name)
		}
	}
	return names
}

// layer is what one source says: the config file, the variables, or the flags.
type layer struct {
	*koanf.Koanf
	where  string // in front of an error
	called func(key string) string
	empty  bool // an empty value counts as said
}

func (l layer) says(key string) bool {
	return l.Exists(key) && (l.empty || l.String(key) != "")
}

// overlay lays a layer over what those below have said. A value and the name of its
// file are two forms of one setting: the layer's form takes the place of the other
// one below, and both at once are a fault, since none of them can be meant more.
func overlay(k *koanf.Koanf, l layer) (faults []error) {
	for _, name := range inFiles() {
		value, file := l.says(name), l.says(name+inFile)
		switch {
		case value && file:
			faults = append(faults, bothSet(l, name))
		case value:
			k.Delete(name + inFile)
		case file:
			k.Delete(name)
		}
	}
	for _, account := range l.MapKeys("accounts") {
		if key := "accounts." + account + ".api_key"; l.says(key) && l.says(key+inFile) {
			faults = append(faults, bothSet(l, key))
		}
	}
	if err := k.Merge(l.Koanf); err != nil {
		faults = append(faults, fmt.Errorf("merge settings: %w", err))
	}
	return faults
}

func bothSet(l layer, key string) error {
	return fmt.Errorf("%s%s and %s are both set: leave one of them out", l.where, l.called(key), l.called(key+inFile))
}

// valueOrFile is a setting's value, or what the file holds that is named instead.
func valueOrFile(k *koanf.Koanf, name string) (string, error) {
	file := k.String(name + inFile)
	if file == "" {
		return k.String(name), nil
	}
	value, err := readSecret(file)
	if err != nil {
		return "", usagef("%s (%s): %v", name+inFile, setting{name: name + inFile}.variable(), err)
	}
	return value, nil
}

// readSecret reads what a file holds, without the line break at its end. Its errors
// name the file and nothing of what it holds.
func readSecret(name string) (string, error) {
	const longest = 4096
	f, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil && !isPath(name) {
		return "", errors.New("it names no file that can be read; what it is set to is not shown, since it may be the secret itself")
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, longest+1))
	switch secret := strings.TrimRight(string(text), "\r\n"); {
	case err != nil:
		return "", err
	case strings.TrimSpace(secret) == "":
		return "", fmt.Errorf("%s is empty", name)
	case len(text) > longest:
		return "", fmt.Errorf("%s holds more than %d bytes: is it the right file?", name, longest)
	default:
		return secret, nil
	}
}

// isPath reports whether a text is the path of a file, be it there or not, rather than a
// secret that was put in its place.
func isPath(name string) bool {
	if strings.Contains(name, "://") {
		return false
	}
	folder := filepath.Dir(name)
	if filepath.IsAbs(name) || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") {
		return true
	}
	about, err := os.Stat(folder)
	return folder != "." && err == nil && about.IsDir()
}
