package main

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
)

// parseSize reads a number of bytes, such as 512MiB.
func parseSize(text string) (int64, error) {
	factor := int64(1)
	for unit, bytes := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			text, factor = strings.TrimSpace(number), bytes
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, errors.New("want a number of bytes, or one with KiB, MiB or GiB")
	}
	return n * factor, nil
}

// spoolMaxOf is how much room the results of bulk requests have, in bytes.
func spoolMaxOf(k *koanf.Koanf) (int64, error) {
	n, err := parseSize(k.String("web_spool_max"))
	if err != nil {
		return 0, usagef("web_spool_max (OCTOQ_WEB_SPOOL_MAX) is %q: %v, such as 1GiB", k.String("web_spool_max"), err)
	}
	return n, nil
}
