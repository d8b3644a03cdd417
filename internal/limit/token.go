package limit

import "strconv"

// tokenSource names what one gate asks for. Its prefix is unlike that of any
// other gate.
type tokenSource struct {
	prefix string
	n      int
}

// request names a request to the limiter.
func (s *tokenSource) request() string {
	s.n++
	return s.prefix + "." + strconv.Itoa(s.n)
}

// unlimited names a call that takes no slot.
func (s *tokenSource) unlimited() string {
	s.n++
	return s.prefix + ".free." + strconv.Itoa(s.n)
}

// slotToken names the nth slot of a request, counted from 1.
func slotToken(request string, n int) string { return request + ":" + strconv.Itoa(n) }
