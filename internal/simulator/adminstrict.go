package simulator

import (
	"errors"
	"net/http"
)

// strictBody is what the admin API says and is asked about strictness.
type strictBody struct {
	Names *[]string `json:"names"`
}

func (s *Server) getStrict(w http.ResponseWriter, _ *http.Request) {
	names := s.Strict()
	writeBody(w, http.StatusOK, strictBody{&names})
}

// postStrict replaces what is on by the names given, which must be there.
func (s *Server) postStrict(w http.ResponseWriter, r *http.Request) {
	var b strictBody
	if !readAdmin(w, r, &b) {
		return
	}
	if b.Names == nil {
		adminError(w, http.StatusBadRequest, errors.New("names is missing"))
		return
	}
	adminDone(w, s.SetStrict(*b.Names...))
}

func (s *Server) deleteStrict(w http.ResponseWriter, _ *http.Request) {
	adminDone(w, s.SetStrict())
}
