package queue

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// Item is a task and when it is due. A zero or past time means now, a future
// one is rounded up to the next whole second.
type Item struct {
	Task task.Task
	At   time.Time
	// Alert: the campaign is an alert. That has to be said of a step alone: a first
	// create carries its campaign.
	Alert bool
}

// first reports whether the task comes before those of others: an alert's does, but
// for its letter, which waits for a person.
func (i *Item) first() bool {
	if f := i.Task.First; f != nil {
		return record.IsAlert(f.Campaign)
	}
	return i.Alert && i.Task.Letter == nil
}

// FirstCreate is a campaign's first create, due when the campaign is, in the name of who
// enqueues it; authors are given where others wrote it. Ask for the origin before the
// task is written (see AskOrigin).
func FirstCreate(c campaign.Campaign, origin Origin, by string, authors ...string) Item {
	return Item{
		At: c.NotBefore,
		Task: task.Task{Account: c.Account, ID: c.ID, Step: task.FirstStep(), First: &task.First{
			Campaign: c, EnqueuedAt: origin.At, Origin: origin.RunID, EnqueuedBy: by, Authors: authors,
			Nonce: random.Token(), // by which the producer recognises its own task when Redis's answer was lost
		}},
	}
}

// StepOf is a step of a record, which carries no campaign.
func StepOf(r record.Record, step record.Step, at time.Time) Item {
	return Item{At: at, Alert: record.IsAlert(r.Campaign), Task: task.Task{Account: r.Account(), ID: r.ID(), Step: step}}
}

// campaignName names a task's campaign in errors.
func campaignName(t task.Task) string { return t.Account + "/" + t.ID }
