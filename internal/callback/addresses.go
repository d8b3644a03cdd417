package callback

import "regexp"

// Addresses are where Octopush reports to for an account; an empty one is none.
type Addresses struct {
	Account    string `json:"account"`
	Deliveries string `json:"deliveries" doc:"empty where Octopush reports none"`
	Replies    string `json:"replies"`
	OptOuts    string `json:"optouts"`
}

// secretLike is what may be a secret in an address.
var secretLike = regexp.MustCompile(`[0-9a-zA-Z_-]{16,}`)

// Masked hides what may be a secret in the addresses.
func (a Addresses) Masked() Addresses {
	for _, address := range []*string{&a.Deliveries, &a.Replies, &a.OptOuts} {
		*address = secretLike.ReplaceAllString(*address, "****")
	}
	return a
}
