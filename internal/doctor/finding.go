package doctor

import "slices"

// Level says how bad a finding is.
type Level string

// The levels. A fault loses campaigns or keeps them from being sent.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Fault   Level = "fault"
)

// What is checked; these words are stable.
const (
	CheckReach       = "redis_reachable"
	CheckVersion     = "redis_version"
	CheckEviction    = "redis_eviction"
	CheckMemory      = "redis_memory"
	CheckPersistence = "redis_persistence"
	CheckRole        = "redis_role"
	CheckCluster     = "redis_cluster"
	CheckSentinel    = "redis_sentinel"
	CheckScripts     = "redis_scripts"
	CheckRunID       = "redis_run_id"
	CheckChannels    = "redis_channels"
	CheckClock       = "redis_clock"
	CheckAPI         = "api_credentials"
	CheckAPIReach    = "api_reachable"
	CheckBalance     = "api_balance"
	CheckSettings    = "settings"
	CheckWindow      = "sending_window"
	CheckStopped     = "stopped"
	CheckReplaced    = "redis_replaced"
	CheckWorkers     = "workers"
	CheckSchedules   = "schedules"
	CheckHolidays    = "holidays"
)

// Finding is what one check found.
type Finding struct {
	Check   string `json:"check"`
	Account string `json:"account,omitempty"` // for checks of one account
	Level   Level  `json:"level"`
	What    string `json:"what"`
	Do      string `json:"do,omitempty"` // one sentence; empty when all is well
}

func ok(check, what string) Finding { return Finding{Check: check, Level: OK, What: what} }

func warning(check, what, do string) Finding {
	return Finding{Check: check, Level: Warning, What: what, Do: do}
}

func fault(check, what, do string) Finding {
	return Finding{Check: check, Level: Fault, What: what, Do: do}
}

// Faulty reports whether one of the checks, or any when none is named, found a
// fault.
func Faulty(findings []Finding, checks ...string) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool {
		return f.Level == Fault && (len(checks) == 0 || slices.Contains(checks, f.Check))
	})
}

// BadSettings is the finding of settings that cannot be used.
func BadSettings(what string) Finding {
	return fault(CheckSettings, what, "Correct the setting: what uses it does not start.")
}

// BadAccountFile is the finding of a file of accounts_dir that cannot be used.
func BadAccountFile(account, what string) Finding {
	f := fault(CheckSettings, what, "Correct the file: workers serve the account as it was before, and those that start do not serve it.")
	f.Account = account
	return f
}

// UnreadVariable is the finding of a variable that looks like a setting and is read
// by nothing.
func UnreadVariable(what string) Finding {
	return warning(CheckSettings, what, "Correct its name, or remove it: what it should set has its default.")
}

// NoAccount is the finding of settings that name no account.
func NoAccount() Finding {
	return warning(CheckSettings, "no account is set, so the API was not asked",
		"On a machine that runs a worker, set OCTOQ_API_LOGIN and OCTOQ_API_KEY_FILE; a producer needs neither.")
}
