package reference

// Difference is something that the schema and campaign.DecodeCampaign see
// differently, because a schema cannot say it, or not in a way that validators
// agree on.
type Difference struct {
	Name string
	Why  string
}

// The names of the differences.
const (
	DifferenceOrder   = "order of times"
	DifferenceWindow  = "windows"
	DifferenceBytes   = "bytes"
	DifferenceAmount  = "exact amounts"
	DifferenceSpelled = "other spellings"
	DifferenceLeap    = "leap seconds"
	DifferenceJSON    = "the JSON itself"
)

// Differences explains all of them.
func Differences() []Difference {
	return []Difference{
		{DifferenceOrder, "That expires_at is after not_before and not before send_at, and that a campaign with late: dead is not kept back " +
			"beyond its send_at: a schema does not compare two values. octoq refuses such a campaign."},
		{DifferenceWindow, "Whether a window can be read, and whether its zone and countries are known: the schema has its length and " +
			"characters. octoq refuses what it cannot read."},
		{DifferenceBytes, "The names and values of labels are limited in bytes, and a schema counts characters: it lets pass some that are " +
			"longer with accents. octoq refuses them."},
		{DifferenceAmount, "Decimals beyond the fourth, exponents beyond all measure and amounts of more than 64 characters: multipleOf 0.0001 " +
			"would have many validators refuse 2.58, because they reckon with binary fractions. octoq refuses such amounts."},
		{DifferenceSpelled, "The schema wants times as RFC 3339 has them, and plain digits in an amount that is a string. octoq reads further " +
			"spellings: a space for the T, no seconds, +0100, spaces around; exponents in a string; spaces around a long window."},
		{DifferenceLeap, "RFC 3339 knows 23:59:60Z, and validators may let it pass. octoq refuses it."},
		{DifferenceJSON, "A member that stands in the object twice, half of a character (\\ud83d alone), or more than a mebibyte: a schema sees " +
			"only what a parser makes of them. octoq refuses them."},
	}
}
