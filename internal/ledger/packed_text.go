package ledger

import (
	"bytes"
	"compress/flate"
	_ "embed" // the dictionary
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
)

// packedMost bounds what is packed, and what is read of it, in bytes.
const packedMost = 16 << 20

// dictionaryText has what packed records are likely to contain, the likeliest last: a line
// is the name and the value of a field, or an entry of the timeline. It is a part of the
// form: another one needs another version of the record.
//
//go:embed packed_dictionary.txt
var dictionaryText string

// newDictionary is the text that would be packed of these lines.
func newDictionary() (text []byte) {
	for line := range strings.Lines(dictionaryText) {
		words := []string{strings.TrimSuffix(line, "\n")}
		if name, value, ok := strings.Cut(words[0], " "); ok && name[0] != '{' {
			words = []string{name, value}
		}
		text = append(text, appendList(nil, words)[1:]...) // without how many they are
	}
	return text
}

var (
	errBroken   = errors.New("it ends too early")
	errTooLarge = errors.New("it is too large")
)

// appendList adds a list to a text: how many items there are, and each behind its length.
func appendList(text []byte, items []string) []byte {
	text = binary.AppendUvarint(text, uint64(len(items)))
	for _, item := range items {
		text = append(binary.AppendUvarint(text, uint64(len(item))), item...)
	}
	return text
}

// cutList takes the list off with which a text begins.
func cutList(text string) (items []string, rest string, err error) {
	n, rest, err := cutNumber(text)
	if err != nil {
		return nil, "", err
	}
	for ; n > 0; n-- {
		var size uint64
		if size, rest, err = cutNumber(rest); err != nil || size > uint64(len(rest)) {
			return nil, "", errBroken
		}
		items, rest = append(items, rest[:size]), rest[size:]
	}
	return items, rest, nil
}

func cutNumber(text string) (n uint64, rest string, err error) {
	n, size := binary.Uvarint([]byte(text[:min(len(text), binary.MaxVarintLen64)]))
	if size <= 0 {
		return 0, "", errBroken
	}
	return n, text[size:], nil
}

// compression knows the dictionary. What compresses is large, and used again.
type compression struct {
	dictionary           []byte
	deflaters, inflaters sync.Pool
}

func newCompression() *compression { return &compression{dictionary: newDictionary()} }

// deflate compresses a text.
func (c *compression) deflate(text []byte) (string, error) {
	w, ok := c.deflaters.Get().(*flate.Writer)
	if !ok {
		var err error
		if w, err = flate.NewWriterDict(nil, flate.BestCompression, c.dictionary); err != nil {
			return "", err
		}
	}
	defer c.deflaters.Put(w)
	var out strings.Builder
	w.Reset(&out)
	_, err := w.Write(text)
	err = errors.Join(err, w.Close())
	return out.String(), err
}

// inflate is the reverse of deflate.
func (c *compression) inflate(packed string) (string, error) {
	r, ok := c.inflaters.Get().(io.ReadCloser)
	if !ok {
		r = flate.NewReaderDict(nil, c.dictionary)
	}
	defer c.inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(strings.NewReader(packed), c.dictionary); err != nil {
		return "", err
	}
	var text bytes.Buffer
	n, err := text.ReadFrom(io.LimitReader(r, packedMost+1))
	if err == nil && n > packedMost {
		err = errTooLarge
	}
	return text.String(), err
}
