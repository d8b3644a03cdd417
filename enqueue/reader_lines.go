package enqueue

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
)

// inputLine is one line of an input without its line break.
type inputLine struct {
	number int // from 1
	// text is valid until the next line is read.
	text []byte
	// tooLong: the line has more than MaxLine bytes, and text is empty.
	tooLong bool
}

// keep is a copy that stays valid.
func (l inputLine) keep() inputLine {
	l.text = bytes.Clone(l.text)
	return l
}

// lineReader splits an input into lines, in memory bounded by MaxLine however
// long they are. A byte order mark before the first is dropped.
type lineReader struct {
	in     *bufio.Reader
	number int
	unread []inputLine // lines that were given back, in order
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(r, MaxLine+len("\r\n"))}
}

// next is the next line. The error is io.EOF at the end; any other is one of
// reading, and the line that it broke off is lost, because half a line may look
// like a whole one.
func (l *lineReader) next() (inputLine, error) {
	if len(l.unread) > 0 {
		line := l.unread[0]
		l.unread = l.unread[1:]
		return line, nil
	}
	text, err := l.in.ReadSlice('\n')
	tooLong := false
	for errors.Is(err, bufio.ErrBufferFull) {
		tooLong = true
		text, err = l.in.ReadSlice('\n')
	}
	ended := errors.Is(err, io.EOF)
	if err != nil && !ended {
		return inputLine{number: l.number + 1}, err
	}
	if ended && len(text) == 0 && !tooLong {
		return inputLine{number: l.number + 1}, io.EOF
	}
	l.number++
	return l.line(text, tooLong), nil
}

func (l *lineReader) line(text []byte, tooLong bool) inputLine {
	text = bytes.TrimSuffix(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	if l.number == 1 {
		text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	}
	if tooLong || len(text) > MaxLine {
		return inputLine{number: l.number, tooLong: true}
	}
	return inputLine{number: l.number, text: text}
}

// giveBack makes lines that were kept the next ones again, ahead of those given
// back earlier.
func (l *lineReader) giveBack(lines []inputLine) {
	l.unread = slices.Concat(lines, l.unread)
}

func blank(l inputLine) bool { return !l.tooLong && len(bytes.TrimSpace(l.text)) == 0 }
