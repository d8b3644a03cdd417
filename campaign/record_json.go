package campaign

import "encoding/json"

// MarshalJSON puts id and account in front and writes empty lists as [], so
// that scripts need no special cases. The field names are stable.
func (r Record) MarshalJSON() ([]byte, error) {
	type plain Record
	p := plain(r)
	if p.Orphans == nil {
		p.Orphans = []Orphan{}
	}
	if p.Timeline == nil {
		p.Timeline = []Entry{}
	}
	return json.Marshal(struct {
		ID      string `json:"id"`
		Account string `json:"account"`
		plain
	}{r.ID(), r.Account(), p})
}
