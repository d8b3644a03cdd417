package redisconn

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Parameters of ours, for the sentinels' own login.
const (
	sentinelUsername = "sentinel_username"
	sentinelPassword = "sentinel_password"
)

// parameters are those that can stand behind the "?" of an address: go-redis's, and
// the two of ours.
func parameters() []string {
	return append(goRedisParameters(), sentinelUsername, sentinelPassword)
}

func goRedisParameters() []string {
	return []string{
		"db", "protocol", "client_name", "max_retries", "min_retry_backoff", "max_retry_backoff",
		"dial_timeout", "read_timeout", "write_timeout", "pool_fifo", "pool_size", "pool_timeout",
		"min_idle_conns", "max_idle_conns", "max_active_conns", "max_concurrent_dials",
		"pipeline_pool_size", "pipeline_read_buffer_size", "pipeline_write_buffer_size",
		"conn_max_idle_time", "idle_timeout", "conn_max_lifetime", "max_conn_age", "conn_max_lifetime_jitter", "skip_verify",
	}
}

// sizes are those parameters upon whose extremes go-redis panics.
func sizes() []string {
	return []string{
		"pool_size", "min_idle_conns", "max_idle_conns", "max_active_conns", "max_concurrent_dials",
		"pipeline_read_buffer_size", "pipeline_write_buffer_size",
	}
}

// maxSize is more than any pool or buffer is good for.
const maxSize = 1_000_000

func (p parts) queryFault() string {
	values, err := url.ParseQuery(p.query)
	if err != nil {
		return reasonQuery
	}
	for name := range values {
		if !slices.Contains(parameters(), name) {
			return reasonParameter
		}
	}
	for _, name := range parameters() {
		for _, value := range values[name] {
			if reason := p.valueFault(name, value); reason != "" {
				return reason
			}
		}
	}
	return ""
}

// valueFault looks at one parameter, as go-redis reads it.
func (p parts) valueFault(name, value string) string {
	n, err := strconv.Atoi(value)
	whole := err == nil
	switch {
	case name == sentinelUsername || name == sentinelPassword:
		if p.kind() != Sentinel {
			return reasonSentinelOnly
		}
		return ""
	case name == "skip_verify" && p.server() != "rediss":
		return reasonTLSOnly
	case name == "db" && p.kind() == Cluster && value != "0":
		return reasonClusterDB
	case name == "db" && value != "":
		return numberFault(value)
	case whole && slices.Contains(sizes(), name) && (n < 0 || n > maxSize):
		return name + reasonValue
	}
	alone := url.URL{Scheme: p.server(), Host: "host", Path: "/", RawQuery: url.Values{name: {value}}.Encode()}
	if _, err := redis.ParseURL(alone.String()); err != nil {
		return name + reasonValue
	}
	return ""
}
