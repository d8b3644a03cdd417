// Command sbom prints what a program was linked from, as CycloneDX, by what Go has written
// into the program itself. Its time is SOURCE_DATE_EPOCH, so that it is the same each time.
//
//	SOURCE_DATE_EPOCH=0 go run ./scripts/sbom NAME VERSION PROGRAM
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// document is the part of CycloneDX 1.5 that is used here.
type document struct {
	BOMFormat    string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Ref        string     `json:"bom-ref"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

func main() {
	const name, version, program, args = 1, 2, 3, 4
	if len(os.Args) != args {
		log.Fatal("usage: SOURCE_DATE_EPOCH=SECONDS sbom NAME VERSION PROGRAM") //nolint:forbidigo // a part of make release, and no part of octoq
	}
	if err := run(os.Args[name], os.Args[version], os.Args[program]); err != nil {
		log.Fatal("sbom: ", err) //nolint:forbidigo // as above
	}
}

func run(name, version, program string) error {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return fmt.Errorf("read what %s was linked from: %w", program, err)
	}
	content, err := os.ReadFile(program) //nolint:gosec // the release script names it
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	self := module(info.Main.Path, version)
	self.Type, self.Name, self.Hashes = "application", name, []hash{{"SHA-256", hex.EncodeToString(sum[:])}}
	d := describe(self, info)
	d.Metadata.Timestamp = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(d)
}

// describe lists what a program was linked from: Go's standard library and all modules.
func describe(self component, info *debug.BuildInfo) document {
	parts := []component{module("std", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, m := range info.Deps {
		version := m.Version
		if m.Replace != nil { // octoq's own module, which the outbox is linked from
			version = self.Version
		}
		part := module(m.Path, version)
		if m.Sum != "" {
			part.Properties = []property{{"go.sum", m.Sum}}
		}
		parts = append(parts, part)
	}
	all := dependency{Ref: self.Ref}
	for _, part := range parts {
		all.DependsOn = append(all.DependsOn, part.Ref)
	}
	return document{
		BOMFormat: "CycloneDX", SpecVersion: "1.5", Version: 1, Metadata: metadata{Component: self},
		Components: parts, Dependencies: []dependency{all},
	}
}

// module is one by its path, named as package URLs name it.
func module(path, version string) component {
	purl := "pkg:golang/" + strings.ToLower(path) + "@" + strings.ReplaceAll(version, "+", "%2B")
	return component{Ref: purl, Type: "library", Name: path, Version: version, PURL: purl}
}
