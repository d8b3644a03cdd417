package main

import (
	"errors"

	"github.com/spf13/pflag"
)

// onceValue is a flag that is given once. Of two files the first would be left out
// without a word; of other flags the last one counts, so that a script's defaults
// can be replaced.
type onceValue struct {
	pflag.Value
	given bool
}

// Set takes the value, and refuses a second one.
func (o *onceValue) Set(text string) error {
	if o.given {
		return errors.New("it is given twice, and can have one value")
	}
	o.given = true
	return o.Value.Set(text)
}

// givenOnce makes a flag one that is given once.
func givenOnce(f *pflag.FlagSet, name string) {
	flag := f.Lookup(name)
	flag.Value = &onceValue{Value: flag.Value}
}
