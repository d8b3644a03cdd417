package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// The codes of refusals. Only 121 is documented for the REST API (doc, seen); 182 comes from a third party (3rd); the
// others are the legacy API's (sdk), and that REST uses them in these places is inferred.
const (
	codeNoRequest   = 100
	codeWrongLogin  = 101
	codeNoCredit    = 104
	codeSender      = 106
	codeText        = 107
	codeNoLogin     = 108
	codeNoKey       = 109
	codeNoList      = 110
	codeType        = 112
	codeStop        = 121
	codeAwaiting    = 126
	codeComputing   = 127
	codeUnknown     = 131
	codeSent        = 132
	codeDuplicate   = 182
	codeTextTooLong = 189
	codeUnknownList = 303
)

// answer is what the service says to a call, before any fault changes what the client sees.
type answer struct {
	status     int
	body       any // nil: empty
	code       int
	ticket     string // the ticket that the call was about or created
	retryAfter int    // seconds, 0: none
}

// carriedOut reports whether the call did what it asks.
func (a answer) carriedOut() bool { return a.status >= 200 && a.status < 300 }

// about names the ticket of an answer for the journal.
func (a answer) about(number string) answer {
	a.ticket = number
	return a
}

// refusalBody is `{"code": 121, "message": "Mention STOP is missing."}` (doc, seen).
type refusalBody struct {
	Code    int    `json:"code,omitempty"`
	Message string `json:"message"`
}

func refuse(status, code int, message string) answer {
	return answer{status: status, code: code, body: refusalBody{code, message}}
}

// refused is the API's usual refusal, with HTTP status 400 (doc, seen).
func refused(code int, message string) answer { return refuse(http.StatusBadRequest, code, message) }

func unknownTicket(number string) answer {
	return refused(codeUnknown, "This campaign does not exist.").about(number)
}

func alreadySent(t *ticket) answer {
	return refused(codeSent, "This campaign has already been sent.").about(t.number)
}

func (s *Server) notReady(t *ticket) answer {
	return refused(s.cfg.NotReadyCode, "The campaign is not ready yet.").about(t.number)
}

func wrongCredentials() answer {
	return refuse(http.StatusUnauthorized, codeWrongLogin, "Incorrect login or API key.")
}

func noCredit() answer { return refused(codeNoCredit, "You do not have enough credit.") }

// write sends the answer. An error means that the client is gone, which is its own affair.
func (a answer) write(w http.ResponseWriter) {
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	writeBody(w, a.status, a.body)
}

// writeBody writes a string as it is and anything else as JSON.
func writeBody(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	text, raw := body.(string)
	if !raw {
		text = encode(body)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

// encode encodes one of our own answers, which are plain structs and always encode.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf(`{"message":%q}`, err)
	}
	return string(b)
}
