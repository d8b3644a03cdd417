package enqueue

import (
	"fmt"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// strange is the fault of a cell that cannot mean what it holds, nil if it can.
func (c *csvColumn) strange(cell string) *campaign.Fault {
	if c.use != columnNameless && !beginsStrange(cell[0]) {
		return nil
	}
	var problem, remedy string
	switch {
	case c.use == columnNameless:
		problem, remedy = fmt.Sprintf("%.50q is in a column without a name", cell), "name the column in the header row, or empty it"
		if c.number == 1 {
			remedy += `; numbers of rows are left out by --ignore-columns "*"`
		}
	case sheetError(cell):
		problem, remedy = fmt.Sprintf("%q is an error of the spreadsheet", cell), "correct the cell's formula, or make its column wider"
	case formula(cell):
		problem, remedy = fmt.Sprintf("%.50q is a formula, not its result", cell), "save the values of the cells, not their formulas"
	case cell == `\N`:
		problem = `"\N" is the NULL of PostgreSQL's and MySQL's text formats, whose backslashes are not read`
		remedy = "write it by COPY … WITH (FORMAT csv, HEADER), or leave the cell empty"
	case c.field == "max_cost" && strings.Trim(cell, "0,.-€EUR \u00a0\u202f") == "":
		problem = fmt.Sprintf("octoq takes %q for no limit, and a person takes it for the lowest one", cell)
		remedy = "leave the cell empty for no limit, or give the amount"
	case c.wordForNone(cell):
		problem, remedy = fmt.Sprintf("%q is what programs write for no value", cell), "leave the cell empty"
	default:
		return nil
	}
	return &campaign.Fault{Column: c.number, Header: c.title(), Field: c.field, Problem: problem, Remedy: remedy}
}

// beginsStrange reports whether a cell that is strange may begin so, which spares
// nearly all cells a closer look.
func beginsStrange(first byte) bool {
	switch first {
	case '#', '=', '\\', '(', '<', 'E', 'L', 'N', 'n', 'u', '0', ',', '.', '-', ' ', "€"[0], "\u00a0"[0]:
		return true
	default:
		return false
	}
}

// sheetError knows what spreadsheets show in the place of a value: # and a word in
// capitals with a mark behind it in any language (#REF!, #¡VALOR!, #NOM?), and the
// words that have no mark. What is sent as a text has more than one word.
func sheetError(cell string) bool {
	if cell[0] != '#' {
		return cell[0] == 'E' && libreOfficeError(cell) || cell[0] == 'L' && cell == "Loading..."
	}
	switch strings.ToUpper(cell) {
	case "#N/A", "#NV", "#N/D", "#N/B", "#GETTING_DATA":
		return true
	}
	word := strings.TrimRight(cell[1:], "!?")
	marked := len(word) < len(cell)-1 && word != "" && !strings.ContainsAny(word, " \u00a0\n#") && strings.ToUpper(word) == word
	return marked && !allDigits(word) || len(cell) > 2 && strings.Trim(cell, "#") == ""
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// libreOfficeError knows LibreOffice's errors that have a number alone: Err:508.
func libreOfficeError(cell string) bool {
	number, found := strings.CutPrefix(cell, "Err:")
	return found && len(number) == 3 && allDigits(number)
}

// formula knows cells that a spreadsheet would compute: "=A1&B1", and ="0123", which
// keeps it from dropping the zero. An arrow or a space behind = begins a text.
func formula(cell string) bool {
	if cell[0] != '=' || len(cell) == 1 {
		return false
	}
	next := cell[1]
	return strings.IndexByte(`"'($+-@{`, next) >= 0 || next >= 'A' && next <= 'Z' || next >= 'a' && next <= 'z' || next >= '0' && next <= '9'
}

// wordForNone knows what pandas, R, SQL and JavaScript write for a value that is not
// there. Sent as a text, or shown as a sender, it is never what was meant.
// A label may be anything, and a list may be named NA.
func (c *csvColumn) wordForNone(cell string) bool {
	switch cell {
	case "NA":
		return c.field != "list_name" && c.field != "tag_name" && !strings.HasPrefix(c.field, labelColumn)
	case "NULL", "null", "(null)", "(NULL)", "<null>", "None", "nan", "NaN", "NaT", "<NA>", "N/A", "n/a", "undefined":
		return !strings.HasPrefix(c.field, labelColumn)
	default:
		return false
	}
}
