package main

import "testing"

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "17": 17, "3KiB": 3 << 10, "512MiB": 512 << 20, "1GiB": 1 << 30, "2 GiB": 2 << 30,
		"": -1, "-1": -1, "1GB": -1, "GiB": -1, "1.5GiB": -1, "9999999999GiB": -1, "1e3": -1,
	} {
		got, err := parseSize(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
}
