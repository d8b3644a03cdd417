package input

import "github.com/octoq/octoq/campaign"

// flaw is what is wrong with a value, as the rest of a sentence that begins with
// the field, and what to do about it. The zero flaw is none.
type flaw struct{ problem, remedy string }

func (f flaw) String() string { return campaign.Fault{Problem: f.problem, Remedy: f.remedy}.String() }
