package main

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/localuser"
)

// schedules looks for recurring campaigns that cannot be read, or that add would
// refuse by now, in all accounts.
func schedules(ctx context.Context, rdb redis.UniversalClient) []doctor.Finding {
	desk, err := admin.New(rdb, localuser.Name(), 0)
	var lines []admin.ListedSchedule
	if err == nil {
		lines, err = desk.Schedules(ctx, "")
	}
	if err != nil {
		return []doctor.Finding{doctor.SchedulesUnknown(err)}
	}
	var found []doctor.Finding
	for _, l := range lines {
		unlike := ""
		for _, w := range l.Warnings {
			unlike = w.Problem
		}
		found = append(found, doctor.Schedule(l.Account, l.Name, l.Error, unlike)...)
	}
	return found
}
