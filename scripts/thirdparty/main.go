// Command thirdparty prints the licences of everything that octoq's programs are linked
// from: Go's own, those of all modules, and those of what modules embed, such as the
// scripts of asynq's page. It fails when a module has none.
//
//	PLATFORMS=linux/amd64 go run ./scripts/thirdparty .:./cmd/octoq
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// own begins the paths of octoq's modules.
const own = "github.com/octoq/octoq"

// listing has a line for each package that is linked: its module, with version and folder, the
// package's folder, and the files that it embeds.
const listing = `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}|{{.Dir}}|{{$.Dir}}|{{join $.EmbedFiles ":"}}{{end}}{{end}}`

// licence is the name of a file with a licence or a notice, in a module's folder or embedded.
var licence = regexp.MustCompile(`(?i)^(((un)?licen[cs]es?|copying|notice|copyright)([.-].*)?|.*\.licen[cs]e\.txt)$`)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: PLATFORMS=\"OS/ARCH …\" thirdparty FOLDER:PACKAGE…") //nolint:forbidigo // a part of make release, and no part of octoq
	}
	if err := run(context.Background(), os.Stdout, os.Args[1:], strings.Fields(os.Getenv("PLATFORMS"))); err != nil {
		log.Fatal("thirdparty: ", err) //nolint:forbidigo // as above
	}
}

// run prints the licences of some programs, FOLDER:PACKAGE each, on some platforms, os/arch each.
func run(ctx context.Context, out io.Writer, programs, platforms []string) error {
	modules := map[string]map[string]bool{} // the files with licences of each
	if len(platforms) == 0 {
		return errors.New("PLATFORMS names none")
	}
	for _, program := range programs {
		folder, pkg, _ := strings.Cut(program, ":")
		for _, platform := range platforms {
			lines, err := list(ctx, folder, pkg, platform)
			if err != nil {
				return err
			}
			if err := gather(modules, lines); err != nil {
				return err
			}
		}
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find Go: %w", err)
	}
	modules["The Go programming language and its standard library"] = map[string]bool{filepath.Join(strings.TrimSpace(string(root)), "LICENSE"): true}
	return write(out, modules)
}

// list has the packages that a program is linked from.
func list(ctx context.Context, folder, pkg, platform string) ([]string, error) {
	goos, arch, _ := strings.Cut(platform, "/")
	c := exec.CommandContext(ctx, "go", "list", "-deps", "-f", listing, pkg) //nolint:gosec // the release script names the packages
	c.Dir, c.Env, c.Stderr = folder, append(os.Environ(), "GOOS="+goos, "GOARCH="+arch, "CGO_ENABLED=0"), os.Stderr
	text, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("list what %s is linked from: %w", pkg, err)
	}
	return slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return line == "" }), nil
}

// gather notes the files with licences of the modules of some lines.
func gather(modules map[string]map[string]bool, lines []string) error {
	for _, line := range lines {
		parts := strings.Split(line, "|")
		const whole = 4
		if len(parts) != whole {
			return fmt.Errorf("go list says %q: want a module, two folders and files", line)
		}
		module, folder, pkg := parts[0], parts[1], parts[2]
		if strings.HasPrefix(module, own) {
			continue
		}
		if modules[module] == nil {
			modules[module] = map[string]bool{}
		}
		for dir := pkg; strings.HasPrefix(dir, folder); dir = filepath.Dir(dir) {
			if err := note(modules[module], dir); err != nil {
				return err
			}
		}
		for embedded := range strings.SplitSeq(parts[3], ":") {
			if licence.MatchString(filepath.Base(embedded)) {
				modules[module][filepath.Join(pkg, embedded)] = true
			}
		}
	}
	return nil
}

// note adds the files with licences in a folder.
func note(files map[string]bool, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for licences: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && licence.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go" {
			files[filepath.Join(dir, e.Name())] = true
		}
	}
	return nil
}

// write prints everything, sorted, and each text once.
func write(out io.Writer, modules map[string]map[string]bool) error {
	var b bytes.Buffer
	b.WriteString("octoq is linked from what follows, with the licence of each.\n")
	for _, module := range slices.Sorted(maps.Keys(modules)) {
		if len(modules[module]) == 0 {
			return fmt.Errorf("%s has no file with a licence", module)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n", strings.Repeat("=", 100), module)
		for _, file := range slices.Sorted(maps.Keys(modules[module])) {
			text, err := os.ReadFile(file) //nolint:gosec // a file of the module cache
			if err != nil {
				return fmt.Errorf("read a licence: %w", err)
			}
			fmt.Fprintf(&b, "\n--- %s\n\n%s\n", filepath.Base(file), bytes.TrimSpace(text))
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}
