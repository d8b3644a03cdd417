package queue

import (
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

// scriptRun is one run of a script: octoq's, for up to asynqwire.PutLimit tasks of
// one queue, or asynq's own for a single task.
type scriptRun struct {
	asynqwire.Put
	queue   string
	ofAsynq bool  // the script is asynq's own
	alert   bool  // its tasks are those of alerts
	inBatch []int // the places of its tasks in the batch
}

// wake has the script publish the queue's wake-up.
func (r *scriptRun) wake(s *asynqwire.Scripts) {
	if r.ofAsynq {
		r.ScriptCall = r.Waking(s, key.Wake(r.queue))
	} else {
		r.WakeOn(key.Wake(r.queue))
	}
}

// conflicting are the places in the batch of those whose ids were taken.
func (r *scriptRun) conflicting(answer *redis.Cmd) ([]int, error) {
	if r.ofAsynq {
		n, err := answer.Int64()
		if err != nil || n != 0 {
			return nil, err
		}
		return r.inBatch, nil
	}
	places, err := r.Taken(answer)
	for i, place := range places {
		places[i] = r.inBatch[place]
	}
	return places, err
}
