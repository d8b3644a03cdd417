package record

// Codes of the API that octoq's decisions name one by one. Only 121 is
// documented for REST; the others come from the legacy API's list (sdk).
const (
	CodeNoCredit        = 104
	CodeNoCreditOrdered = 105
	CodeStopMissing     = 121
	CodeAwaitsApproval  = 126
	CodeBeingComputed   = 127
	CodeUnknownCampaign = 131
	CodeAlreadySent     = 132
)
