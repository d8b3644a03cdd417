// Package timetable keeps the schedules of recurring campaigns in Redis: their
// text, how far each has come, and a version by which workers notice changes
// without reading everything. All times are Redis's. What a schedule means it
// leaves to internal/schedule.
package timetable
