package doctor

import "strings"

// CheckCallbacks is where Octopush reports to.
const CheckCallbacks = "callbacks"

// Callbacks is the finding of where Octopush reports to for an account: elsewhere are the
// kinds of reports that do not go to octoq web.
func Callbacks(account string, elsewhere []string) Finding {
	f := ok(CheckCallbacks, "Octopush reports to octoq web")
	if len(elsewhere) > 0 {
		f = warning(CheckCallbacks, "Octopush does not report to octoq web: "+strings.Join(elsewhere, ", "),
			"Set its addresses by octoq callbacks set --account "+account+"; octoq callbacks show shows what it has.")
	}
	f.Account = account
	return f
}
