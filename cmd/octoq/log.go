package main

import (
	"io"
	"os"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// newLogger writes to standard error as the settings say.
func newLogger(k *koanf.Koanf, w io.Writer) (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(k.String("log_level"))
	if err != nil || k.String("log_level") == "" {
		return zerolog.Nop(), usagef("log_level (OCTOQ_LOG_LEVEL) is %q: want trace, debug, info, warn or error", k.String("log_level"))
	}
	switch format := k.String("log_format"); format {
	case "json":
	case "console":
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	case "auto":
		if isTerminal(w) {
			w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
		}
	default:
		return zerolog.Nop(), usagef("log_format (OCTOQ_LOG_FORMAT) is %q: want json, console or auto", format)
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger(), nil
}

// isTerminal reports whether a stream, of either direction, is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
