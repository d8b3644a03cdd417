package oidc

import (
	"net/http"
)

// maxAnswer bounds what is read of one answer of the provider.
const maxAnswer = 1 << 20

// newClient is an HTTP client whose requests end and whose answers are bounded. People
// sign in too seldom for a connection to be worth keeping.
func newClient() *http.Client {
	once := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: timeout, DisableKeepAlives: true}
	return &http.Client{Timeout: timeout, Transport: boundedAnswers{once}}
}

// boundedAnswers cuts off answers that are too long.
type boundedAnswers struct{ next http.RoundTripper }

// RoundTrip makes one request.
func (b boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	return resp, nil
}
