package simulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/simulator"
)

const contacts = "/v1/public/contact/create"

func TestContactsAreOverwritten(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	wantReply(t, "two", s.call("POST", contacts, `{"list_name":"vips","contacts":[{"phone_number":"+33612345678","first_name":"A","param1":null},{"phone_number":"+33612345679"}]}`), 201, ``)
	wantReply(t, "one again", s.call("POST", contacts, `{"list_name":"vips","contacts":[{"phone_number":"+33612345678","last_name":"B"}]}`), 201, ``)
	got, err := s.Contacts("", "vips")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]simulator.ListedContact{
		"+33612345678": {Fields: map[string]string{"phone_number": "+33612345678", "last_name": "B"}, Writes: 2},
		"+33612345679": {Fields: map[string]string{"phone_number": "+33612345679"}, Writes: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
	wantReply(t, "status", s.status(s.create("vips")), 200, `{"number_of_contacts":2,"cost":0.1,"status":"ready_to_be_sent"}`)
}

func TestContactsThatAreRefusedChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for _, body := range []string{
		`{"contacts":[{"phone_number":"+33612345678"}]}`, `{"list_name":"vips"}`, `{"list_name":"vips","contacts":[]}`,
		`{"list_name":"vips","contacts":[{"phone_number":"+33612345678"},{"first_name":"A"}]}`, `{"list_name":"a list whose name has 31 characters","contacts":[{"phone_number":"+33612345678"}]}`,
	} {
		if r := s.call("POST", contacts, body); r.status != 400 || r.code() == 0 {
			t.Errorf("%s: got %d %s, want a refusal", body, r.status, r.raw)
		}
	}
	if got, _ := s.Contacts("", "vips"); len(got) > 0 {
		t.Errorf("got %v, want no contact", got)
	}
}
