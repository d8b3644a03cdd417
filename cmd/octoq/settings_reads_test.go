package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// A setting that the file of a command reads is one that the command has a flag
// for, or names by readsToo: docs/settings.md says which command reads what.
func TestCommandsSayWhatTheyRead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		name, _, _ := strings.Cut(strings.TrimSuffix(file, ".go"), "_")
		command, _, err := newRoot().Find([]string{name})
		if err != nil || command.Name() != name || strings.HasSuffix(file, "_test.go") {
			continue // what several commands share
		}
		said := settingsBelow(command)
		for _, read := range settingsReadIn(t, file) {
			seen++
			if !slices.Contains(said, read) {
				t.Errorf("%s reads %s, and octoq %s has no flag for it: name it by readsToo", file, read, name)
			}
		}
	}
	if least := 8; seen < least {
		t.Errorf("found %d places that read a setting, want %d at least: is this test of any use?", seen, least)
	}
}

// settingsBelow are the settings of a command and of all below it.
func settingsBelow(c *cobra.Command) []string {
	all := settingsOf(c)
	for _, sub := range c.Commands() {
		all = append(all, settingsBelow(sub)...)
	}
	return all
}

// settingsReadIn are the settings that a file reads by name: k.String("rate"),
// v.text("window").
func settingsReadIn(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatalf("parse %s: %v", file, err)
	}
	readers := []string{"String", "text", "flag", "number", "whole", "wholeOrNone", "duration"}
	var names []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 { // a flag that is defined has more
			return true
		}
		of, isMethod := call.Fun.(*ast.SelectorExpr)
		literal, isText := call.Args[0].(*ast.BasicLit)
		if isMethod && isText && slices.Contains(readers, of.Sel.Name) {
			if name, err := strconv.Unquote(literal.Value); err == nil && known(name) {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}
