package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

// fact is one call of a client.
type fact struct {
	Name    string                     `json:"name"`
	Admin   map[string]json.RawMessage `json:"admin"`   // what is posted to the simulator's own pages before it, by page
	Do      json.RawMessage            `json:"do"`      // what the driver is asked for
	Sends   request                    `json:"sends"`   // what the client sends then
	Journal map[string]any             `json:"journal"` // a part of what the simulator notes about it
	Answers answer                     `json:"answers"`
	Makes   any                        `json:"makes"` // what the client makes of the answer, by its driver
}

// request is one HTTP request. Headers are those that a fact is about; their names
// are in lower case.
type request struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"` // as written, below the API's base
	Query   string            `json:"query"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
}

type answer struct {
	Status int `json:"status"`
	Body   any `json:"body"`
}

// table is what one file of facts holds.
type table struct {
	headers map[string]string // of every call
	facts   []json.RawMessage // still with the names of tickets in them
}

// readTable reads a file of facts: lines that begin with # are comments, and of
// the JSON objects between them the first has the headers of all calls.
func readTable(name string) (table, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return table{}, fmt.Errorf("read the facts: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	in := json.NewDecoder(strings.NewReader(strings.Join(lines, "")))
	var first struct {
		Headers map[string]string `json:"headers"`
	}
	if err := in.Decode(&first); err != nil {
		return table{}, fmt.Errorf("read the headers in %s: %w", name, err)
	}
	read := table{headers: first.Headers}
	for {
		var raw json.RawMessage
		if err := in.Decode(&raw); errors.Is(err, io.EOF) {
			return read, nil
		} else if err != nil {
			return table{}, fmt.Errorf("read %s after %d facts: %w", name, len(read.facts), err)
		}
		read.facts = append(read.facts, raw)
	}
}

// tickets are the numbers that stand for the names of tickets, such as <ticket>.
type tickets map[string]string

// fact decodes the fact at an index, with the tickets that are known by now.
func (tb table) fact(index int, known tickets) (fact, error) {
	raw := string(tb.facts[index])
	for name, number := range known {
		raw = strings.ReplaceAll(raw, name, number)
	}
	var f fact
	in := json.NewDecoder(bytes.NewReader([]byte(raw)))
	in.DisallowUnknownFields()
	if err := in.Decode(&f); err != nil {
		return fact{}, fmt.Errorf("decode fact %d: %w", index, err)
	}
	if f.Sends.Headers == nil {
		f.Sends.Headers = tb.headers
	}
	return f, nil
}

// fill replaces the placeholders in what is wanted by what is there, where that is
// of the kind: a ticket, whose number is kept under its name, or <moment>.
func (known tickets) fill(want, got any) any {
	switch w := want.(type) {
	case string:
		if g, ok := got.(string); ok && strings.HasPrefix(w, "<") && known.stands(w, g) {
			return g
		}
	case map[string]any:
		g, _ := got.(map[string]any)
		filled := make(map[string]any, len(w))
		for key, value := range w {
			filled[key] = known.fill(value, g[key])
		}
		return filled
	case []any:
		g, _ := got.([]any)
		filled := make([]any, len(w))
		for i, value := range w {
			filled[i] = value
			if i < len(g) {
				filled[i] = known.fill(value, g[i])
			}
		}
		return filled
	}
	return want
}

var ticketNumber = regexp.MustCompile(`^sms_[0-9a-f]{13}$`)

// stands reports whether a placeholder stands for a value.
func (known tickets) stands(placeholder, value string) bool {
	if strings.HasPrefix(placeholder, "<ticket") && ticketNumber.MatchString(value) {
		known[placeholder] = value
		return true
	}
	_, err := time.Parse("2006-01-02T15:04:05-07:00", value)
	return placeholder == "<moment>" && err == nil
}
