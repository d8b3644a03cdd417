package octopush

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds how long the API may send us away.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header Retry-After, seconds or an HTTP date, of any
// answer; 0 if there is none that can be read, or if it has passed. Octopush
// documents neither it nor 429.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := retrySeconds(v); ok {
		return d
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

func retrySeconds(v string) (time.Duration, bool) {
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case n < 0, err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, false
	case n > int64(maxRetryAfter/time.Second):
		return maxRetryAfter, true
	}
	return time.Duration(n) * time.Second, true
}
