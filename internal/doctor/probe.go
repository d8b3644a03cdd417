package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrURL refuses what is no address of a page.
var ErrURL = errors.New("want an address such as http://127.0.0.1:9090/healthz")

// Probe asks a health page, such as http://127.0.0.1:9090/readyz, and fails
// with what it says if that is no 2xx, and with ErrURL where there is nothing to ask. Redirects are not followed. It is the
// health check of containers that have no other program to ask with.
func Probe(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil || r.URL.Scheme != "http" && r.URL.Scheme != "https" || r.URL.Host == "" {
		return fmt.Errorf("probe: %w", ErrURL)
	}
	// No proxy: it is asked here.
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	const longest = 512
	said, err := io.ReadAll(io.LimitReader(resp.Body, longest))
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("probe: HTTP %d: %s", resp.StatusCode, strings.Join(strings.Fields(string(said)), " "))
	}
	return nil
}
