package ledger

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// partSize and partsMost keep a packed record in the form that Redis has for small
// hashes (hash-max-listpack-value, and -entries, as they are by default). What would need
// more parts is one part, and in the form for large ones.
const (
	partSize  = 64
	partsMost = 112
)

// plainFields are those that a packed record has as any other: scripts look at them.
func plainFields() []string {
	return []string{"state", "revision", "last", "enqueued_at", countedField}
}

// pack returns the fields and values of a record's packed form, in which its timeline is,
// and none where it is too large for that. It is a revision of its own: who has read the
// record before cannot write over it as if it were not packed. The tokens of its writes are
// left out, but for the last: none of them is repeated that late. log is as it is stored.
func (c *compression) pack(hash map[string]string, log []string) ([]string, error) {
	packed := []string{versionField, strconv.Itoa(record.PackedVersion)}
	var facts []string
	for _, name := range slices.Sorted(maps.Keys(hash)) {
		switch {
		case name == "applied":
		case name == "revision":
			n, _ := strconv.ParseInt(hash[name], 10, 64) // as decode has read it
			packed = append(packed, name, strconv.FormatInt(n+1, 10))
		case slices.Contains(plainFields(), name):
			packed = append(packed, name, hash[name])
		default:
			facts = append(facts, name, hash[name])
		}
	}
	text := appendList(appendList(nil, facts), log)
	if len(text) > packedMost {
		return nil, nil
	}
	whole, err := c.deflate(text)
	for i, part := range parts(whole) {
		packed = append(packed, partName(i), part)
	}
	return packed, err
}

// parts cuts a text into the parts that are stored.
func parts(text string) []string {
	if len(text) > partSize*partsMost {
		return []string{text}
	}
	var all []string
	for ; len(text) > partSize; text = text[partSize:] {
		all = append(all, text[:partSize])
	}
	return append(all, text)
}

func partName(i int) string { return strconv.Itoa(i) }

// isPacked reports whether a hash is a record's packed form.
func isPacked(hash map[string]string) bool {
	return hash[versionField] == strconv.Itoa(record.PackedVersion)
}

// unpack is the reverse of pack.
func (c *compression) unpack(hash map[string]string) (*record.Packed, error) {
	p := &record.Packed{Facts: map[string]string{}}
	var whole strings.Builder
	for part, ok := hash[partName(0)]; ok; part, ok = hash[partName(p.Parts)] {
		whole.WriteString(part)
		p.Parts++
	}
	text, err := c.inflate(whole.String())
	var facts, log []string
	if err == nil {
		facts, text, err = cutList(text)
	}
	if err == nil {
		log, _, err = cutList(text)
	}
	if err == nil && len(facts)%2 == 1 {
		err = errBroken
	}
	if err == nil {
		p.Timeline, err = decodeEntries(log)
	}
	if err != nil {
		return nil, fmt.Errorf("the packed record is broken: %w (%w)", err, campaign.ErrVersion)
	}
	for i := 0; i < len(facts); i += 2 {
		p.Facts[facts[i]] = facts[i+1]
	}
	for _, name := range plainFields() {
		if v, ok := hash[name]; ok {
			p.Facts[name] = v
		}
	}
	return p, nil
}

// writtenOut is what turns a packed record into one that is not, with what a change does
// to it: all its fields are set, but for those that the script writes, and the parts go.
func (f form) writtenOut(p *record.Packed, d delta) delta {
	fields := maps.Clone(p.Facts)
	for _, fd := range f {
		if fd.owned {
			delete(fields, fd.name)
		}
	}
	for _, name := range d.remove {
		delete(fields, name)
	}
	for i := 0; i < len(d.set); i += 2 {
		fields[d.set[i]] = d.set[i+1]
	}
	all := delta{remove: slices.Clone(d.remove)}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		all.set = append(all.set, name, fields[name])
	}
	for i := range p.Parts {
		all.remove = append(all.remove, partName(i))
	}
	return all
}
