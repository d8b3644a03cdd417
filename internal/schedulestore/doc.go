// Package schedulestore keeps the schedules of recurring campaigns in Redis, for
// internal/schedule: their text, how far each has come, and a version by which
// workers notice changes without reading everything. All times are Redis's. What
// a schedule means is left to internal/schedule.
package schedulestore
