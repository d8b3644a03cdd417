package asynqwire

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says which of asynq's scripts is being run.
type Kind string

// The scripts that octoq knows.
const (
	KindOther    Kind = ""
	KindEnqueue  Kind = "enqueue"
	KindSchedule Kind = "schedule"
	KindDequeue  Kind = "dequeue"
	KindDone     Kind = "done"
	KindRetry    Kind = "retry"
	KindRequeue  Kind = "requeue"
	KindForward  Kind = "forward"
)

// KindOf distinguishes asynq's scripts by the keys they are given.
func KindOf(keys []string, args []any) Kind {
	short := make([]string, len(keys))
	for i, k := range keys {
		short[i] = shortKey(k)
	}
	switch strings.Join(short, " ") {
	case "t: pending":
		return KindEnqueue
	case "t: scheduled":
		return KindSchedule
	case "pending paused active lease":
		return KindDequeue
	case "active lease pending t:":
		return KindRequeue
	case "scheduled pending", "retry pending":
		if len(args) == 4 { // asynq's "run all" has the same keys
			return KindForward
		}
	}
	switch {
	case len(keys) >= 5 && slices.Equal(short[:2], []string{"active", "lease"}):
		return KindDone // or completed; with or without a uniqueness lock
	case len(keys) == 8 && slices.Equal(short[:4], []string{"t:", "active", "lease", "retry"}):
		return KindRetry
	default:
		return KindOther
	}
}

// TaskIDArg is the first argument of asynq's scripts about one task.
func TaskIDArg(args []any) string {
	if len(args) == 0 {
		return ""
	}
	return fmt.Sprint(args[0])
}
