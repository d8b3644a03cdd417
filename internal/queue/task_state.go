package queue

// TaskState is a word for where a task stands.
type TaskState string

const (
	// StateMissing: there is no such task.
	StateMissing TaskState = "missing"
	// StateWaiting: pending, scheduled or to be tried again.
	StateWaiting TaskState = "waiting"
	// StateActive: a worker has it.
	StateActive TaskState = "active"
	// StateOrphaned: active, but no worker has renewed its lease.
	StateOrphaned TaskState = "orphaned"
	// StateArchived: asynq gave it up, or a person archived it by hand.
	StateArchived TaskState = "archived"
	// StateCompleted: finished and kept for a while; octoq keeps none.
	StateCompleted TaskState = "completed"
)

// taskStateOf reads asynq's own word. An active task counts as having its lease.
func taskStateOf(word string) TaskState {
	switch word {
	case "pending", "scheduled", "retry", "aggregating":
		return StateWaiting
	case "active":
		return StateActive
	case "archived":
		return StateArchived
	case "completed":
		return StateCompleted
	default:
		return StateMissing
	}
}
