package simulator

import "net/http"

// authenticate checks the headers api-login and api-key (doc). That HTTP 401 comes with these codes is inferred: 401 was
// seen (seen), the codes are the legacy API's (sdk).
func (s *Server) authenticate(q request) (*account, *answer) {
	var a answer
	switch acc, known := s.accounts[q.login]; {
	case q.login == "":
		a = refuse(http.StatusUnauthorized, codeNoLogin, "The header api-login is missing.")
	case q.key == "":
		a = refuse(http.StatusUnauthorized, codeNoKey, "The header api-key is missing.")
	case !known:
		new(account).hasKey(q.key) // takes as long as for a known login
		a = wrongCredentials()
	case !acc.hasKey(q.key):
		a = wrongCredentials()
	default:
		return acc, nil
	}
	return nil, &a
}
