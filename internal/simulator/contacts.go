package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"unicode/utf8"
)

// ListedContact is a contact on a list, and how often calls have written it.
type ListedContact struct {
	Fields map[string]string `json:"fields"` // by the names of the service, without empty ones
	Writes int               `json:"writes"`
}

// contactFields are those of a contact (doc).
func contactFields() []string {
	return []string{"phone_number", "first_name", "last_name", "param1", "param2", "param3", "param4", "param5"}
}

// addContacts answers POST /contact/create: a contact whose number exists is overwritten (doc).
// That a list without a contact is made, that a list has a number once, that a contact
// without a number is refused together with all others, and the answer, are inferred. Of
// lists alone: a tag is ignored here.
func (s *Server) addContacts(acc *account, q request, _ fault) answer {
	contacts, faults := q.contacts()
	if len(faults) > 0 {
		return q.invalid(faults)
	}
	list := acc.lists[q.list]
	if list == nil {
		list = map[string]ListedContact{}
		acc.lists[q.list] = list
	}
	for _, c := range contacts {
		number := c["phone_number"]
		list[number] = ListedContact{Fields: c, Writes: list[number].Writes + 1}
	}
	return answer{status: http.StatusCreated}
}

// contacts are those of the request, or what is wrong with it. The codes are inferred from
// the legacy ones (sdk).
func (q request) contacts() ([]map[string]string, []fieldFault) {
	if q.list == "" || utf8.RuneCountInString(q.list) > maxList {
		return nil, []fieldFault{{"list_name", codeUnknownList, "This list or tag does not exist."}}
	}
	items, _ := q.fields["contacts"].([]any)
	contacts := make([]map[string]string, 0, len(items))
	for i, item := range items {
		given, _ := item.(map[string]any)
		c := map[string]string{}
		for _, name := range contactFields() {
			if text := fields(given).text(name); text != "" {
				c[name] = text
			}
		}
		if c["phone_number"] == "" {
			return nil, []fieldFault{{fmt.Sprintf("contacts.%d.phone_number", i), codeNoList, "The phone number is missing."}}
		}
		contacts = append(contacts, c)
	}
	if len(contacts) == 0 {
		return nil, []fieldFault{{"contacts", codeNoList, "The contacts are missing."}}
	}
	return contacts, nil
}

// Contacts are those on a list by number. It returns ErrUnknownAccount for a login that is
// not configured. An empty login means the only account, if there is one only.
func (s *Server) Contacts(login, list string) (map[string]ListedContact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acc, err := s.accountNamed(login)
	if err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	return maps.Clone(acc.lists[list]), nil
}

// getContacts answers with the contacts of a list, by number.
func (s *Server) getContacts(w http.ResponseWriter, r *http.Request) {
	contacts, err := s.Contacts(r.URL.Query().Get("login"), r.URL.Query().Get("list_name"))
	if err != nil {
		adminDone(w, err)
		return
	}
	writeBody(w, http.StatusOK, contacts)
}
