package campaign

import "fmt"

// Priced reports whether the API has named a price.
func (r Record) Priced() bool {
	return !r.PricedAt.IsZero() || r.Contacts > 0 || r.Cost != 0 || r.NoContacts
}

// Price is what the API has named, for people; "" before that.
func (r Record) Price() string {
	switch {
	case !r.Priced():
		return ""
	case r.Contacts == 0 && !r.NoContacts:
		return r.Cost.String() + ", contacts not named"
	default:
		return fmt.Sprintf("%d contacts, %s", r.Contacts, r.Cost)
	}
}
