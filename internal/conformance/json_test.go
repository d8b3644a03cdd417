package conformance

import (
	"context"
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

// valid and invalid are lines for the reader of JSON that the Java client brings along.
func valid() []string {
	return []string{
		"null", "true", "false", "0", "-1", "9007199254740993", "123456789012345678901234567890", "19.7500", "-0.5", "1e3", "1.5E-7",
		`""`, `"été 20 € 😀"`, `"\u00e9 \ud83d\ude00 \"\\\/\b\f\n\r\t"`, "[]", "[ ]", "[1, [2, [3]], {}]", "{}", "{ }", ` { "a" : [ null ] , "b" : { "c" : "d" } } `,
		`{"a":{"a":{"a":[{"a":"}"}]}}}`, strings.Repeat("[", 100) + strings.Repeat("]", 100), `"` + strings.Repeat("x", 100_000) + `"`,
	}
}

func invalid() []string {
	return []string{
		"", "nul", "True", "+1", ".5", "1.", "1e", "--1", "0x10", "01", "-01.5", `"\u+123"`, "NaN", `"`, `"\x"`, `"\u12"`, `"\u12g4"`, "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", `{"a"`, `{"a":`, `{"a":1`,
		`{"a":1,}`, "{a:1}", "{1:1}", `{"a" 1}`, "{} {}", "1 2", "[}", strings.Repeat("[", 101) + strings.Repeat("]", 101), strings.Repeat("[", 100_000),
	}
}

// checkJSON has the Java client's reader read and write what Go's does.
func checkJSON(t *testing.T, dir string) {
	t.Helper()
	lines := append(valid(), invalid()...)
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c := exec.CommandContext(ctx, "java", "-cp", "out", "JsonEcho")
	c.Dir, c.Stdin = dir, strings.NewReader(strings.Join(lines, "\n")+"\n")
	out, err := c.Output()
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if err != nil || len(got) != len(lines) {
		t.Fatalf("read %d lines of JSON: got %d, %v", len(lines), len(got), err)
	}
	for i, line := range lines {
		if refused := got[i] == "refused"; refused != (i >= len(valid())) {
			t.Errorf("read %.80q: got %.80q", line, got[i])
		} else if !refused && !reflect.DeepEqual(understood(t, got[i]), understood(t, line)) {
			t.Errorf("read %.80q: got %.80q, want the same", line, got[i])
		}
	}
}

// understood is what Go makes of JSON.
func understood(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("read %q: %v", text, err)
	}
	return v
}
