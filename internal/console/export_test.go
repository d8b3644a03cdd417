package console

import (
	"net/http"
	"strings"
)

// Routes are the patterns and operations of all routes.
func Routes() [][2]string {
	var all [][2]string
	for _, r := range routes() {
		all = append(all, [2]string{r.pattern, r.operation})
	}
	return all
}

// OperationAt is the operation of what is posted to a path.
func OperationAt(path string) string {
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.Handle(r.pattern, http.NotFoundHandler())
	}
	req, err := http.NewRequest(http.MethodPost, path, http.NoBody)
	if err != nil {
		return ""
	}
	_, pattern := mux.Handler(req)
	for _, r := range routes() {
		if r.pattern == pattern && strings.HasPrefix(pattern, http.MethodPost) {
			return r.operation
		}
	}
	return ""
}
