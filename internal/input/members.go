package input

import (
	"bytes"
	"encoding/json"
	"iter"
)

const jsonSpace = " \t\r\n"

// members are the names and values of a JSON object, in order and with
// repetitions, which decoding into a map or struct would hide. The object must
// be valid JSON. Files of a million campaigns pass here, which the tokens of
// the standard decoder would slow down several times.
func members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		rest := bytes.TrimLeft(object, jsonSpace+"{")
		for rest[0] == '"' {
			var name, value []byte
			name, rest = cutValue(rest)
			value, rest = cutValue(bytes.TrimLeft(rest, jsonSpace+":"))
			if !yield(unquote(name), value) {
				return
			}
			rest = bytes.TrimLeft(rest, jsonSpace+",")
		}
	}
}

// cutValue cuts the JSON value that valid input begins with.
func cutValue(b []byte) (value, rest []byte) {
	var end int
	switch b[0] {
	case '"':
		end = stringEnd(b)
	case '{', '[':
		end = nestedEnd(b)
	default:
		if end = bytes.IndexAny(b, ",]}"+jsonSpace); end < 0 {
			end = len(b)
		}
	}
	return b[:end], b[end:]
}

// stringEnd is the length of the JSON string that b begins with.
func stringEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// nestedEnd is the length of the object or array that b begins with.
func nestedEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += stringEnd(b[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

// unquote is the text of a valid JSON string.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // valid, so it cannot fail
	return s
}
