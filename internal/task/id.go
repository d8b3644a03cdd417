package task

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// separator stands between a campaign's id and the step. It is outside the
// alphabet of ids.
const separator = "~"

const typePrefix = "campaign:"

// maxNumber bounds run, step and epoch, so that they fit into 32 bits.
const maxNumber = 1<<31 - 1

var errID = errors.New("no task id of octoq: wanted <id>, or <id>~<run>.<step>.<epoch>")

// TypeName is asynq's type name of a stage's tasks.
func TypeName(s campaign.Stage) string { return typePrefix + string(s) }

// ID is the id of the task that wakes the campaign up for a step. Two tasks of
// the same step have the same id, so the second one is refused by the queue.
func ID(id string, s record.Step) string {
	if s == FirstStep() {
		return id
	}
	return fmt.Sprintf("%s%s%d.%d.%d", id, separator, s.Run, s.Step, s.Epoch)
}

// ParseID is the reverse of ID for a task in the queue of a stage. Exactly what
// ID writes is accepted.
func ParseID(stage campaign.Stage, taskID string) (id string, s record.Step, err error) {
	id, numbers, found := strings.Cut(taskID, separator)
	s = FirstStep()
	if found {
		s, err = parseNumbers(stage, numbers)
	} else if stage != campaign.StageCreate {
		err = errID
	}
	if err == nil && (!campaign.ValidID(id) || ID(id, s) != taskID) {
		err = errID
	}
	if err != nil {
		return "", record.Step{}, fmt.Errorf("task id %.100q of stage %s: %w", taskID, stage, err)
	}
	return id, s, nil
}

func parseNumbers(stage campaign.Stage, numbers string) (record.Step, error) {
	parts := strings.Split(numbers, ".")
	if len(parts) != 3 {
		return record.Step{}, errID
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return record.Step{}, errID
		}
		n[i] = int(v)
	}
	s := record.Step{Stage: stage, Run: n[0], Step: n[1], Epoch: n[2]}
	return s, checkStep(s)
}

// checkStep holds the numbers to what the stages use. Step 0 of the cancel
// stage is no step of a campaign's life: it cancels orphans.
func checkStep(s record.Step) error {
	first := 1
	if s.Stage == campaign.StageCancel {
		first = 0
	}
	ok := s.Run >= 1 && s.Step >= first && s.Epoch >= 0 &&
		s.Run <= maxNumber && s.Step <= maxNumber && s.Epoch <= maxNumber
	if !ok {
		return fmt.Errorf("run %d, step %d, epoch %d: runs and steps begin at 1, epochs at 0", s.Run, s.Step, s.Epoch)
	}
	return nil
}
