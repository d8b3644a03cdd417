package contacts

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

// readAll reads CSV, up to its error.
func readAll(r io.Reader) (rows []Row, err error) {
	for row, err := range CSV(r) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func TestContactsAreReadFromCSV(t *testing.T) {
	t.Parallel()
	zoe := Row{Line: 2, Contact: campaign.Contact{PhoneNumber: "+33612345678", FirstName: "Zoë", Param2: "a,b"}}
	bob := Row{Line: 3, Contact: campaign.Contact{PhoneNumber: "+33612345679", FirstName: "Bob"}}
	for name, text := range map[string]string{
		"commas":     "phone_number,first_name,param2\n+33612345678,Zoë,\"a,b\"\n0033 6 12 34 56 79,Bob,\n",
		"semicolons": "\ufeffPhone Number;FIRST-NAME;param2\r\n+33612345678; Zoë ;a,b\r\n+33612345679;Bob;\r\n",
		"tabs":       "first_name\tphone_number\tparam2\nZoë\t+33 6 12 34 56 78\ta,b\nBob\t+33612345679\t",
	} {
		got, err := readAll(iotest.OneByteReader(strings.NewReader(text)))
		if diff := cmp.Diff([]Row{zoe, bob}, got); diff != "" || err != nil {
			t.Errorf("%s: got %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestALineWithAFaultStopsNoOther(t *testing.T) {
	t.Parallel()
	text := "phone_number,first_name\n0612345678,A\n+33612345678\n\n+33612345678,\"B\"x\n+33612345678," + strings.Repeat("é", 51) + "\n+33612345679,\"C\nD\"\n+33612345670,E\n+33612345671,F\x00\n"
	got, err := readAll(strings.NewReader(text))
	want := []Row{
		{Line: 2, Fault: "phone_number is not in international form, such as +33612345678"},
		{Line: 3, Fault: "it has 1 cells, and the header row has 2"},
		{Line: 5, Fault: `extraneous or missing " in quoted-field`},
		{Line: 6, Fault: "first_name has 51 characters, and may have 50"},
		{Line: 7, Contact: campaign.Contact{PhoneNumber: "+33612345679", FirstName: "C\nD"}},
		{Line: 9, Contact: campaign.Contact{PhoneNumber: "+33612345670", FirstName: "E"}},
		{Line: 10, Fault: "first_name has a control character"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("got %v (-want +got):\n%s", err, diff)
	}
}

func TestAHeaderMustBeRight(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             "the file is empty",
		"first_name\nA\n":              "no column is called phone_number",
		"phone_number,mobile\n":        `column "mobile" is no field of a contact`,
		"phone_number,Phone Number\n":  `column "Phone Number" is there twice`,
		"+33612345678\n+33612345679\n": "no column is called phone_number",
		"\xff\xfep\x00h\x00\n\x00":     "Save the file as CSV UTF-8",
	} {
		rows, err := readAll(strings.NewReader(text))
		if len(rows) > 0 || err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, ErrHeader) {
			t.Errorf("%q: got %v, %v, want %s", text, rows, err, want)
		}
	}
}

// A quotation mark that is never closed does not take the file into memory.
func TestARecordIsBounded(t *testing.T) {
	t.Parallel()
	endless := io.MultiReader(strings.NewReader("phone_number\n+33612345678\n\""), &counting{})
	counted := &counting{r: endless}
	rows, err := readAll(counted)
	tooLong, _ := errors.AsType[*TooLongError](err)
	if len(rows) != 1 || tooLong == nil || tooLong.Behind != 2 {
		t.Errorf("got %v, %v, want one row, and the record behind line 2 too long", rows, err)
	}
	if counted.n > 3*longestRecord {
		t.Errorf("%d bytes were read, want about %d", counted.n, longestRecord)
	}
}

// counting counts what is read, of an endless line without a reader.
type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(p []byte) (n int, err error) {
	n = len(p)
	if c.r != nil {
		n, err = c.r.Read(p)
	}
	c.n += n
	return n, err
}
