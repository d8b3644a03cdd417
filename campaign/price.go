package campaign

import "fmt"

// Priced reports whether the API has named a price.
func (r Record) Priced() bool {
	return !r.PricedAt.IsZero() || r.Contacts > 0 || r.Cost != 0 || r.NoContacts
}

// ReachesNobody reports whether the campaign would end as sent and reach no one, and
// no approval says that this was known.
func (r Record) ReachesNobody() bool {
	known := r.Approved && r.Cover != nil && r.Cover.coversNobody()
	return r.NoContacts && !r.ConfirmTried && !known
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
