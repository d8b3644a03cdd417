package doctor

import "strings"

// CheckWorkerSettings is the check whether the workers of an account work by the same
// settings.
const CheckWorkerSettings = "worker_settings"

// Workers warns of the settings that living workers of an account do not agree
// about. Nothing is found when they agree.
func Workers(account string, differences []string) []Finding {
	if len(differences) == 0 {
		return nil
	}
	f := warning(CheckWorkerSettings, "its workers work by different settings: "+strings.Join(differences, "; "),
		"Give them the same settings and restart those that had others: until then, which ones hold changes from call to call.")
	f.Account = account
	return []Finding{f}
}

// WorkersUnknown is the finding where that could not be read.
func WorkersUnknown(err error) Finding {
	return warning(CheckWorkerSettings, "octoq cannot see by which settings workers work: "+err.Error(), "Compare their settings by hand.")
}
