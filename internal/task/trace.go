package task

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// traced begins the part of the nonce that names the trace in which the campaign was
// enqueued; untraced ends it. An older octoq, which would refuse a further field of the
// payload, takes it for a part of the nonce.
const (
	traced   = "t."
	untraced = "."
)

// A trace's id, a span's id and the flags, in bytes.
const (
	traceIDSize = 16
	spanIDSize  = 8
	traceSize   = traceIDSize + spanIDSize + 1
)

// MarkTrace notes the trace in which the campaign was enqueued: its id in hex digits, and
// the span and flags as W3C's traceparent ends, such as 00f067aa0ba902b7-01. What is no
// trace is not noted. It comes before MarkOwnID.
func (f *First) MarkTrace(id, span string) {
	spanID, flags, _ := strings.Cut(span, "-")
	b, err := hex.DecodeString(id + spanID + flags)
	if err != nil || len(id) != 2*traceIDSize || len(spanID) != 2*spanIDSize || len(b) != traceSize {
		return
	}
	f.Nonce = traced + base64.RawURLEncoding.EncodeToString(b) + untraced + f.Nonce
}

// trace is what MarkTrace has noted; "" and "" for nothing.
func (f *First) trace() (id, span string) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(f.Nonce, ownID), traced)
	text, _, ended := strings.Cut(rest, untraced)
	b, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || !ended || err != nil || len(b) != traceSize {
		return "", ""
	}
	flags := b[traceSize-1:]
	return hex.EncodeToString(b[:traceIDSize]), hex.EncodeToString(b[traceIDSize:traceSize-1]) + "-" + hex.EncodeToString(flags)
}
