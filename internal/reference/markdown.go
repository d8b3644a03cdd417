package reference

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/octoq/octoq/internal/input"
)

// Made is the first line of a page that make docs writes, from the given folder.
func Made(from string) string {
	return "<!-- Made by make docs from " + from + ": change it there. -->\n\n"
}

// sampleNow is the moment that the page's examples are made for.
func sampleNow() time.Time { return time.Date(2030, time.May, 27, 0, 0, 0, 0, time.UTC) }

// Page is docs/fields.md.
func Page() (string, error) {
	jsonLines, err := ExampleJSONLines(sampleNow())
	if err != nil {
		return "", err
	}
	csvFile, err := ExampleCSV(sampleNow())
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# Fields of a campaign\n\n" + Made("internal/reference"))
	b.WriteString(Wrap("A campaign is one text to one contact list or one tag. Each field has one name, as a member of JSON Lines, as a column of CSV and, with " +
		"hyphens (`--list-name`), as a flag of `octoq enqueue`; in Go it is a field of `campaign.Campaign`. octoq refuses values that a field may not hold, with every " +
		"fault at once, and unknown fields: the API ignores a misspelt name silently, and sends all the same."))
	b.WriteString("\n")
	b.WriteString(Wrap("`octoq enqueue --example csv` and `--example jsonl` print a small file to begin with. [campaign.schema.json](campaign.schema.json) is the " +
		"JSON Schema (draft 2020-12) of a campaign, for editors and for your own tests. \"(doc)\" marks what Octopush's documentation says, \"(sdk)\" what " +
		"its own libraries do. A field that is since \"Unreleased\" is in no release yet."))
	b.WriteString("\n" + overview())
	for _, f := range Fields() {
		b.WriteString("\n" + f.section())
	}
	b.WriteString("\n" + spellings() + "\n## A small file\n\nAs JSON Lines:\n\n```json\n" + jsonLines + "```\n\nAs CSV:\n\n```csv\n" + csvFile + "```\n")
	b.WriteString("\n" + schemaSection())
	return b.String(), nil
}

// overview is the table of all fields.
func overview() string {
	var b strings.Builder
	b.WriteString("| field | what it is | needed |\n|---|---|---|\n")
	for _, f := range Fields() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", f.Name, f.Name, f.Meaning, f.Needed())
	}
	return b.String()
}

// section is one field in full.
func (f Field) section() string {
	var b strings.Builder
	b.WriteString("## `" + f.Name + "`\n\n" + Wrap(f.description()) + "\n")
	item := func(name, value string) { b.WriteString(WrapItem(name + ": " + value)) }
	item("Values", f.Values())
	if needed := f.Needed(); needed != "" {
		item("Needed", needed)
	} else {
		item("Default", f.Default)
	}
	item("Example", "`"+f.Example+"`")
	item("Since", f.Since)
	return b.String()
}

// spellings says how values are written in JSON and in text.
func spellings() string {
	var b strings.Builder
	b.WriteString("## How values are written\n\n")
	for _, item := range []string{
		"JSON Lines is one object a line. Strings, `true` and `false`, and objects are JSON's own, and no field is null. A time is a string; an amount is a number, or a " +
			"string that holds one. An empty string in a field of text counts as a field that is left out.",
		"In CSV and in flags, `true`, `yes` and `1` (and the words of French, German, Spanish, Italian, Dutch and Portuguese) are true. Amounts may have a decimal comma. An empty cell is a field that is left " +
			"out. Labels are a JSON object, or a column `labels.NAME` for each.",
		"Times are RFC 3339: `2030-06-03T09:00:00+02:00`. A space for the T, no seconds, and `+02` or `+0200` are read, too. Times without an offset are refused unless " +
			"`--zone` says where they are meant, and dates such as 03/12/2030 unless `--dates` says their order.",
		fmt.Sprintf("A line of JSON Lines and a record of CSV have at most %d bytes. %#q is skipped: `octoq enqueue --rejects` writes there why it refused a line.",
			input.MaxSize, input.RejectedField),
	} {
		b.WriteString(WrapItem(item))
	}
	return b.String()
}

// schemaSection says what the schema does not.
func schemaSection() string {
	var b strings.Builder
	b.WriteString("## What the schema does not say\n\n")
	b.WriteString(Wrap("octoq and the schema agree on every campaign, except for what follows. `octoq enqueue --dry-run` says what octoq decides.") + "\n")
	for _, d := range Differences() {
		b.WriteString(WrapItem("**" + sentence(d.Name) + "** " + d.Why))
	}
	return b.String()
}

// width is where lines of pages are wrapped.
const width = 120

// Wrap is a paragraph in lines of a page.
func Wrap(text string) string { return wrapped(text, "", "") }

// WrapItem is an item of a list, in lines of a page.
func WrapItem(text string) string { return wrapped(text, "- ", "  ") }

func wrapped(text, begin, indent string) string {
	var b strings.Builder
	line := begin
	for _, word := range strings.Fields(text) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		if line != "" && !strings.HasSuffix(line, " ") {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
	return b.String()
}
