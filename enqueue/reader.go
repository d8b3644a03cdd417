package enqueue

import (
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

// Read reads campaigns in the format that the file's name says, see FormatOf.
// Rules are asked in their order about every campaign that is valid. The items
// can be ranged over once. What others have written may need ReadOptions.
func Read(name string, r io.Reader, rules ...Rule) (iter.Seq[Item], error) {
	format, err := FormatOf(name)
	if err != nil {
		return nil, err
	}
	return ReadOptions{Format: format, Rules: rules}.Read(r)
}

// Read reads campaigns. The error is an OptionError. The items can be ranged
// over once; memory is bounded whatever the input.
func (o ReadOptions) Read(r io.Reader) (iter.Seq[Item], error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Format == FormatCSV {
		return o.csv(r), nil
	}
	return o.jsonLines(r), nil
}

// Campaign makes the one campaign of names and values, as a CSV file with one
// record would have it. The error is an OptionError or a ValidationError.
func (o ReadOptions) Campaign(values [][2]string) (campaign.Campaign, error) {
	if err := o.check(); err != nil {
		return campaign.Campaign{}, err
	}
	var b input.Builder
	b.ReadTimes(o.times())
	for _, v := range values {
		b.Set(v[0], v[1])
	}
	return o.complete(b.Campaign())
}

// File is an open file of campaigns.
type File struct {
	file  io.ReadCloser
	items iter.Seq[Item]
}

// Open opens a file of campaigns in the format that its name says, as Read
// does. "-" is standard input, which Close leaves open.
func Open(name string) (*File, error) {
	format, err := FormatOf(name)
	if err != nil {
		return nil, err
	}
	file := io.NopCloser(os.Stdin)
	if name != "-" {
		if file, err = os.Open(name); err != nil { //nolint:gosec // the caller names the file to read
			return nil, fmt.Errorf("open campaigns: %w", err)
		}
	}
	items, err := ReadOptions{Format: format}.Read(file)
	if err != nil {
		return nil, err
	}
	return &File{file: file, items: items}, nil
}

// Items are the campaigns of the file. They can be ranged over once.
func (f *File) Items() iter.Seq[Item] { return f.items }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
