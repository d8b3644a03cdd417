package contacts

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
)

// fieldNames are the JSON names of a contact's fields.
func fieldNames() []string {
	return []string{"phone_number", "first_name", "last_name", "param1", "param2", "param3", "param4", "param5"}
}

// fieldOf is where a contact keeps a field, by the field's JSON name; nil if it has none of
// that name.
func fieldOf(c *campaign.Contact, name string) *string {
	return map[string]*string{
		"phone_number": &c.PhoneNumber, "first_name": &c.FirstName, "last_name": &c.LastName,
		"param1": &c.Param1, "param2": &c.Param2, "param3": &c.Param3, "param4": &c.Param4, "param5": &c.Param5,
	}[name]
}

// checkFields says what of a contact's fields but the number cannot be used.
func checkFields(c campaign.Contact) error {
	const longest = 50
	for _, name := range fieldNames()[1:] {
		value := *fieldOf(&c, name)
		switch {
		case !utf8.ValidString(value):
			return fmt.Errorf("%s is not valid UTF-8", name)
		case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
			return fmt.Errorf("%s has a control character", name)
		case utf8.RuneCountInString(value) > longest:
			return fmt.Errorf("%s has %d characters, and may have %d", name, utf8.RuneCountInString(value), longest)
		}
	}
	return nil
}
