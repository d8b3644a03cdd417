package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/campaign"
)

// Bounds of accounts_dir.
const (
	mostAccountFiles = 10_000
	longestAccount   = 64 << 10 // of a file, in bytes
)

// accountFile is one file of accounts_dir: the account that has its name.
type accountFile struct {
	account, path string
	settings      map[string]any // as an entry of accounts: in the config file has them
	err           error          // why the account cannot be taken from it; it names the file
	twice         bool           // it is set elsewhere, too
}

// addFolder puts the accounts of accounts_dir beside those of the config file, and
// returns all files of them. Of one with a fault, k has nothing.
func addFolder(k *koanf.Koanf) ([]accountFile, error) {
	files, err := readFolder(k.String("accounts_dir"))
	if err != nil || len(files) == 0 {
		return nil, err
	}
	places, good := placesOf(k, files), map[string]any{}
	for i := range files {
		f := &files[i]
		if f.twice = len(places[f.account]) > 1; f.twice {
			f.err = fmt.Errorf("account %s is set twice, by %s: leave one of them out", f.account, strings.Join(places[f.account], " and by "))
		}
		if f.err == nil {
			f.err = f.check()
		}
		if f.err == nil {
			good[f.account] = f.settings
		}
	}
	if err := k.Load(confmap.Provider(map[string]any{"accounts": good}, ""), nil); err != nil {
		return nil, fmt.Errorf("merge the settings of accounts_dir: %w", err)
	}
	return files, nil
}

// placesOf are the places that set an account, in the config file and among files, by
// account.
func placesOf(k *koanf.Koanf, files []accountFile) map[string][]string {
	places := map[string][]string{}
	for _, name := range k.MapKeys("accounts") {
		places[name] = []string{"accounts." + name + " of the config file"}
	}
	if name := campaign.DefaultAccount; k.String("api_login") != "" && places[name] == nil {
		places[name] = []string{"api_login (OCTOQ_API_LOGIN)"}
	}
	for _, f := range files {
		places[f.account] = append(places[f.account], f.path)
	}
	return places
}

// readFolder reads the files of a folder, in the order of their names. A mounted secret's
// are links into a hidden folder: whatever is hidden, a folder or ends in neither .yaml nor
// .yml is no account. Its error is one of the folder.
func readFolder(dir string) ([]accountFile, error) {
	names, err := accountFilesIn(dir)
	if err != nil {
		return nil, usagef("accounts_dir (OCTOQ_ACCOUNTS_DIR): %v", err)
	}
	var files []accountFile
	for _, name := range names {
		f := accountFile{account: strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml"), path: filepath.Join(dir, name)}
		text, err := readAccountFile(f.path)
		switch {
		case errors.Is(err, errFolder):
			continue
		case err == nil && !campaign.ValidAccount(f.account):
			err = fmt.Errorf("%q is not a valid account name: 1 to 32 of a-z 0-9 _ -, beginning with a letter or digit", f.account)
		case err == nil:
			f.settings, err = settingsIn(text)
		}
		if err != nil {
			f.err = fmt.Errorf("%s: %w", f.path, withoutPath(err))
		}
		files = append(files, f)
	}
	return files, nil
}

// settingsIn reads YAML. Its errors repeat nothing of the text, which may be a key.
func settingsIn(text []byte) (map[string]any, error) {
	settings, err := yaml.Parser().Unmarshal(text)
	if err != nil {
		return nil, errors.New("it is no YAML of settings" + inLine(err))
	}
	return settings, nil
}

// inLine is where an error of YAML is, as far as it says.
func inLine(err error) string {
	if line := regexp.MustCompile(`line \d+`).FindString(err.Error()); line != "" {
		return ", in " + line
	}
	return ""
}

// accountFilesIn names what may be files of accounts, in order; nothing without a folder.
func accountFilesIn(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	folder, err := os.Open(dir) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	var names []string
	for {
		some, err := folder.Readdirnames(1000)
		for _, name := range some {
			if end := filepath.Ext(name); (end == ".yaml" || end == ".yml") && !strings.HasPrefix(name, ".") {
				names = append(names, name)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			slices.Sort(names)
			return names, nil
		case err != nil:
			return nil, err
		case len(names) > mostAccountFiles:
			return nil, fmt.Errorf("%s holds more than %d files of accounts: is it the right folder?", dir, mostAccountFiles)
		}
	}
}

// errFolder is returned for a folder that is named like a file of an account.
var errFolder = errors.New("it is a folder")

// readAccountFile reads one file within its bound.
func readAccountFile(path string) ([]byte, error) {
	switch about, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case about.IsDir():
		return nil, errFolder
	case !about.Mode().IsRegular():
		return nil, errors.New("it is no file that can be read again")
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, longestAccount+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > longestAccount:
		return nil, fmt.Errorf("it holds more than %d bytes", longestAccount)
	case strings.TrimSpace(string(text)) == "":
		return nil, errors.New("it is empty")
	default:
		return text, nil
	}
}

// withoutPath is an error of a file without its path.
func withoutPath(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}

// check finds settings that nothing reads, and two forms of the key.
func (f *accountFile) check() error {
	own := koanf.New(".")
	if err := own.Load(confmap.Provider(f.settings, ""), nil); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	var faults []error
	for _, key := range own.Keys() {
		if hint, ok := keyHint("accounts." + f.account + "." + key); !ok {
			faults = append(faults, fmt.Errorf("unknown key %s%s", key, strings.ReplaceAll(hint, "accounts."+f.account+".", "")))
		}
	}
	if l := (layer{Koanf: own, called: func(key string) string { return key }}); l.says("api_key") && l.says("api_key"+inFile) {
		faults = append(faults, bothSet(l, "api_key"))
	}
	if err := (&settingsWatch{files: []string{own.String("api_key" + inFile)}}).checkReadable(); err != nil {
		faults = append(faults, fmt.Errorf("api_key_file: %w", err))
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}
