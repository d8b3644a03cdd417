package reference

// Difference is something that the schema and input.Decode see
// differently: a schema cannot express it, or validators would disagree on it.
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
	DifferenceOffset  = "offsets"
	DifferenceJSON    = "the JSON itself"
)

// Differences explains all of them.
func Differences() []Difference {
	return []Difference{
		{DifferenceOrder, "That expires_at is after not_before and not before send_at, and that a campaign with late: dead is not kept back " +
			"beyond its send_at: a schema does not compare two values. octoq refuses such a campaign."},
		{DifferenceWindow, "Whether a window can be read, and whether its zone and countries are known: the schema has its length and " +
			"characters. octoq refuses what it cannot read."},
		{DifferenceBytes, "The names and values of labels are limited in bytes, and a schema counts characters: it accepts some that are too " +
			"long in bytes. octoq refuses them."},
		{DifferenceAmount, "Decimals beyond the fourth, exponents below -64 or above 64, amounts of more than 64 characters, and a string with " +
			"more euros than the maximum: octoq refuses them. A schema with multipleOf 0.0001 would make many validators refuse " +
			"2.58, because they compute in binary fractions."},
		{DifferenceSpelled, "The schema wants times as RFC 3339 has them, and plain digits in an amount that is a string. octoq reads further " +
			"spellings: a space for the T, no seconds, +0100, spaces around; exponents in a string; spaces around a long window."},
		{DifferenceLeap, "RFC 3339 has 23:59:60Z, and validators may accept it. octoq refuses it."},
		{DifferenceOffset, "RFC 3339 has every offset up to 23:59. octoq refuses those that no clock has, from -12:00 to +14:00 being there: they are slips " +
			"of the pen."},
		{DifferenceJSON, "A member that is in the object twice, half of a character (\\ud83d alone), broken UTF-8, or more than a mebibyte: a " +
			"schema sees only what a parser makes of them. octoq refuses them."},
	}
}
