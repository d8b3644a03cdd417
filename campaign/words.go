package campaign

// The values of the fields that know a few words only, in the order in which
// errors name them.
//
//nolint:gochecknoglobals // never changed: constants, if Go had constant slices
var (
	types         = []string{TypePremium, TypeLowCost}
	purposes      = []string{PurposeAlert, PurposeWholesale}
	segmentations = []string{SegmentationFilter, SegmentationGroup}
	lates         = []string{LateDead, LateSend}
	confirms      = []string{ConfirmAuto, ConfirmManual}
)
