package engine

// Keys of the log; they are stable.
const (
	logAccount    = "account"
	logID         = "campaign_id"
	logStage      = "stage"
	logCall       = "call"
	logClass      = "class"
	logCode       = "code"
	logHTTPStatus = "http_status"
	logMessage    = "api_message"
	logTicket     = "ticket"
	logTook       = "took_ms"
	logTask       = "task_id"
	logWho        = "who"
	logWhat       = "what"
	logCount      = "count"
	logState      = "state"
	logSchedule   = "schedule"
	logTick       = "tick"
)
