package input

import (
	"maps"

	"github.com/octoq/octoq/campaign"
)

// Patch changes a campaign by a JSON merge patch (RFC 7396): a field, or a label, that
// is null is taken out, any other is set, and what the patch does not name stays. It
// is as strict as Decode, and its error is the same.
func Patch(c campaign.Campaign, patch []byte) (campaign.Campaign, error) {
	if problem := inputProblem(patch); problem != "" {
		return campaign.Campaign{}, &campaign.ValidationError{ID: c.ID, Faults: []campaign.Fault{{Problem: problem}}}
	}
	b := Edit(c)
	for name, raw := range members(patch) {
		b.patch(name, raw)
	}
	return b.Campaign()
}

// patch sets the named field, or takes it out, once.
func (b *Builder) patch(name string, raw []byte) {
	i := fieldNamed(name)
	known := i >= 0 && !b.saw(i)
	switch {
	case known && kindOf(raw) == kindNull:
		b.seen |= 1 << i
		b.Set(name, "")
	case known && name == "labels":
		b.seen |= 1 << i
		b.patchLabels(raw)
	default:
		b.setJSON(name, raw)
	}
}

// patchLabels sets and takes out single labels.
func (b *Builder) patchLabels(raw []byte) {
	set, problem := labelsValue(raw, true)
	b.addFlaw("labels", flaw{problem: problem})
	if problem != "" {
		return
	}
	for label, value := range members(raw) {
		if kindOf(value) == kindNull {
			delete(b.campaign.Labels, label)
		}
	}
	if b.campaign.Labels == nil {
		b.campaign.Labels = map[string]string{}
	}
	maps.Copy(b.campaign.Labels, set)
}
