package campaign

import "slices"

// The values of the fields that know a few words only, in the order in which
// errors and references name them.
//
//nolint:gochecknoglobals // never changed: constants, if Go had constant slices
var (
	types         = []string{TypePremium, TypeLowCost}
	purposes      = []string{PurposeAlert, PurposeWholesale}
	segmentations = []string{SegmentationFilter, SegmentationGroup}
	lates         = []string{LateDead, LateSend}
	confirms      = []string{ConfirmAuto, ConfirmManual}
)

// Words lists the only values that Validate lets a field have, nil for a field
// that takes any other text, and for one that campaigns do not have.
func Words(field string) []string {
	switch field {
	case "type":
		return slices.Clone(types)
	case "purpose":
		return slices.Clone(purposes)
	case "segmentation":
		return slices.Clone(segmentations)
	case "late":
		return slices.Clone(lates)
	case "confirm":
		return slices.Clone(confirms)
	default:
		return nil
	}
}
