package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// typeName is that of the plain tasks.
const typeName = "campaign:create"

// plainLoop enqueues as asynq's documentation shows: a task with a JSON payload
// and an id, one Enqueue after the other. It checks nothing.
func plainLoop(_ context.Context, rdb redis.UniversalClient, account string, n int) error {
	client := asynq.NewClientFromRedisClient(rdb)
	queue := key.Queue(account, campaign.StageCreate)
	for c := range Campaigns(account, 0, n, time.Time{}) {
		payload, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("plain asynq: %w", err)
		}
		if _, err := client.Enqueue(asynq.NewTask(typeName, payload), asynq.Queue(queue), asynq.TaskID(c.ID)); err != nil {
			return fmt.Errorf("plain asynq: enqueue %s: %w", c.ID, err)
		}
	}
	return nil
}

// readPlain is the check of a delivered plain task.
func readPlain(_, _, id string, payload []byte) error {
	var c campaign.Campaign
	if err := json.Unmarshal(payload, &c); err != nil {
		return err
	}
	if c.ID != id {
		return errors.New("it carries the campaign " + c.ID)
	}
	return nil
}
