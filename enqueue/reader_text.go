package enqueue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// newTextReader reads a text that is UTF-8, or UTF-16 with a byte order mark, as
// UTF-8, with lines that end with LF where they ended with CR alone. Half a
// character of UTF-16 becomes bytes that are no UTF-8, so that its line can be
// refused; so does an odd last byte. quoted says that quotation marks may
// surround line breaks.
//
// It hands on what it has read, and waits for more only where a byte does not
// say what it means: a program may write a line and wait for its result.
func newTextReader(in io.Reader, quoted bool) io.Reader {
	return &lineEnds{in: &encodedReader{in: in}, quotes: quoted}
}

// encodedReader finds out how a text is encoded.
type encodedReader struct {
	in, text io.Reader
}

// Read reads the text as UTF-8.
func (e *encodedReader) Read(p []byte) (int, error) {
	if e.text == nil {
		var mark [2]byte
		n, err := io.ReadFull(e.in, mark[:1])
		if n == 1 && (mark[0] == 0xFE || mark[0] == 0xFF) {
			n, err = io.ReadFull(e.in, mark[1:])
			n++
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		e.text = textBehind(mark[:n], e.in)
	}
	return e.text.Read(p)
}

// textBehind is the text that begins with some bytes, which may be a mark.
func textBehind(mark []byte, rest io.Reader) io.Reader {
	switch {
	case bytes.Equal(mark, []byte{0xFF, 0xFE}):
		return &utf16Reader{in: rest, order: binary.LittleEndian}
	case bytes.Equal(mark, []byte{0xFE, 0xFF}):
		return &utf16Reader{in: rest, order: binary.BigEndian}
	default:
		return &behind{first: bytes.Clone(mark), rest: rest}
	}
}

// behind is io.MultiReader for bytes that were read ahead.
type behind struct {
	first []byte
	rest  io.Reader
}

// Read reads what was read ahead, and then the rest.
func (b *behind) Read(p []byte) (int, error) {
	if len(b.first) == 0 {
		return b.rest.Read(p)
	}
	n := copy(p, b.first)
	b.first = b.first[n:]
	return n, nil
}

// utf16Reader reads UTF-16 as UTF-8.
type utf16Reader struct {
	in    io.Reader
	order binary.ByteOrder
	raw   [4096]byte
	rest  int // bytes at the beginning of raw that were read and not decoded
	room  [4096/2*utf8.UTFMax + utf8.UTFMax]byte
	text  []byte // what of room is decoded and not yet read
	high  rune   // the first half of a character, or 0
	err   error
}

// Read reads what is decoded, and decodes what comes.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.text) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := u.in.Read(u.raw[u.rest:])
		u.decode(u.rest + n)
		if u.err = err; errors.Is(err, io.EOF) {
			u.end()
		}
	}
	n := copy(p, u.text)
	u.text = u.text[n:]
	return n, nil
}

// decode decodes the first n bytes of raw, but for an odd one.
func (u *utf16Reader) decode(n int) {
	u.text = u.room[:0]
	for i := 0; i+1 < n; i += 2 {
		u.add(rune(u.order.Uint16(u.raw[i:])))
	}
	if u.rest = n % 2; u.rest == 1 {
		u.raw[0] = u.raw[n-1]
	}
}

func (u *utf16Reader) add(r rune) {
	switch whole := utf16.DecodeRune(u.high, r); {
	case whole != utf8.RuneError:
		u.high, r = 0, whole
	case u.high != 0:
		u.text = appendHalf(u.text, u.high)
		u.high = 0
	}
	switch {
	case r >= 0xD800 && r < 0xDC00:
		u.high = r
	case utf16.IsSurrogate(r):
		u.text = appendHalf(u.text, r)
	default:
		u.text = utf8.AppendRune(u.text, r)
	}
}

// end adds what the end of the text cut off.
func (u *utf16Reader) end() {
	if u.high != 0 || u.rest == 1 {
		u.text = appendHalf(u.text, 0xD800)
	}
}

// appendHalf appends half a character, in the form that UTF-8 forbids.
func appendHalf(b []byte, r rune) []byte {
	const lead, next, low = 0xE0, 0x80, 0x3F
	return append(b, lead|byte(r>>12), next|byte(r>>6)&low, next|byte(r)&low) //nolint:gosec // r is below 0x10000
}

// lineEnds turns lines that end with CR alone, as older programs of the Mac write
// them, into lines that end with LF. The end of the first line decides.
type lineEnds struct {
	in     io.Reader
	quotes bool
	raw    [4096]byte
	room   [4096 + 2]byte
	text   []byte // what of room is not yet read
	err    error

	decided bool
	cr      bool // lines end with CR
	open    bool // the first line is inside quotation marks
	after   bool // the last byte was a CR
}

// Read reads on.
func (l *lineEnds) Read(p []byte) (int, error) {
	for len(l.text) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		if l.decided && !l.cr {
			return l.in.Read(p)
		}
		n, err := l.in.Read(l.raw[:])
		l.text = l.room[:0]
		l.take(l.raw[:n])
		l.err = err
	}
	n := copy(p, l.text)
	l.text = l.text[n:]
	return n, nil
}

func (l *lineEnds) take(text []byte) {
	for i, b := range text {
		if !l.decided {
			l.decide(b)
		}
		switch {
		case l.decided && !l.cr:
			l.text = append(l.text, text[i:]...)
			return
		case l.cr:
			l.takeCR(b)
		case b == '\r' && !l.open:
			l.after = true // handed on with what follows it
		default:
			l.text = append(l.text, b)
		}
	}
}

// decide looks at one byte of the first line, or at the one behind it.
func (l *lineEnds) decide(b byte) {
	switch {
	case l.after && b == '\n':
		l.decided, l.text = true, append(l.text, '\r')
	case l.after:
		l.decided, l.cr, l.after, l.text = true, true, false, append(l.text, '\n')
	case b == '"' && l.quotes:
		l.open = !l.open
	case b == '\n' && !l.open:
		l.decided = true
	}
}

// takeCR takes a byte of a text whose lines end with CR.
func (l *lineEnds) takeCR(b byte) {
	second := b == '\n' && l.after
	l.after = b == '\r'
	switch {
	case l.after:
		l.text = append(l.text, '\n')
	case !second:
		l.text = append(l.text, b)
	}
}
