package window

import (
	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/nc"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// Countries lists the countries whose public holidays are known: as a rule those
// of the whole country (GB: of England and Wales). For some, such as CH, there are
// some of its regions among them, so a window is closed on a day too many rather
// than too few. Each has a table of fixed dates in holidays_test.go.
func Countries() []string {
	return []string{
		"AR", "AT", "BE", "BG", "BR", "CA", "CH", "CZ", "DE", "DK", "ES", "FR", "GB", "GR", "HR", "IE",
		"IT", "JP", "LT", "LV", "NC", "NL", "NO", "NZ", "PL", "RO", "SE", "SI", "SK", "UA", "US", "ZA",
	}
}

// libraryHolidays are the public holidays of a country as the library has them,
// nil if it is not known.
func libraryHolidays(country string) []*cal.Holiday {
	return map[string][]*cal.Holiday{
		"AR": ar.Holidays,
		"AT": at.Holidays,
		"BE": be.Holidays,
		"BG": bg.Holidays,
		"BR": br.Holidays,
		"CA": ca.Holidays,
		"CH": ch.Holidays,
		"CZ": cz.Holidays,
		"DE": de.Holidays,
		"DK": dk.Holidays,
		"ES": es.Holidays,
		"FR": fr.Holidays,
		"GB": gb.Holidays,
		"GR": gr.Holidays,
		"HR": hr.Holidays,
		"IE": ie.Holidays,
		"IT": it.Holidays,
		"JP": jp.Holidays,
		"LT": lt.Holidays,
		"LV": lv.Holidays,
		"NC": nc.Holidays,
		"NL": nl.Holidays,
		"NO": no.Holidays,
		"NZ": nz.Holidays,
		"PL": pl.Holidays,
		"RO": ro.Holidays,
		"SE": se.Holidays,
		"SI": si.Holidays,
		"SK": sk.Holidays,
		"UA": ua.Holidays,
		"US": us.Holidays,
		"ZA": za.Holidays,
	}[country]
}
