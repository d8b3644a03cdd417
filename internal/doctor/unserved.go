package doctor

import "fmt"

// Unserved is a fault where campaigns of an account wait and no worker serves it;
// nothing is found otherwise.
func Unserved(account string, workers int, waiting int64) []Finding {
	if workers > 0 || waiting == 0 {
		return nil
	}
	f := fault(CheckWorkers, fmt.Sprintf("no worker serves it, and %d tasks of its campaigns wait", waiting),
		"Start a worker with this account; if the name is mistyped, octoq account rm "+account+" --cancel-queued ends what was enqueued for it.")
	f.Account = account
	return []Finding{f}
}

// UnservedUnknown is the finding where that could not be read.
func UnservedUnknown(err error) Finding {
	return warning(CheckWorkers, "octoq cannot see which accounts are served by a worker: "+err.Error(), "Look at octoq_workers on /metrics of octoq web.")
}
