package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/schedule"
)

// schedules registers what concerns recurring campaigns.
func (a *Endpoints) schedules() {
	const all = "/v1/accounts/{account}/schedules"
	const one = all + "/{name}"
	operation := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Tags: []string{"schedules"}, Summary: summary, Description: description, MaxBodyBytes: maxBody,
			Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	huma.Register(a.huma, operation("list-schedules", http.MethodGet, all, "List the schedules of an account", "By name, as octoq schedule ls --json prints them."), a.listSchedules)
	huma.Register(a.huma, operation("get-schedule", http.MethodGet, one, "Find a schedule", "With its last tick and the next three."), a.getSchedule)
	huma.Register(a.huma, operation("put-schedule", http.MethodPut, one, "Set a schedule",
		"One that is there is replaced, and the ticks begin anew after this moment; the same one again changes nothing."), a.putSchedule)
	huma.Register(a.huma, operation("delete-schedule", http.MethodDelete, one, "Remove a schedule", "Campaigns that were enqueued go on."), a.deleteSchedule)
	huma.Register(a.huma, operation("pause-schedule", http.MethodPost, one+"/pause", "Pause a schedule",
		"It has no ticks until it is resumed; those that pass meanwhile are missed by its own rule."), a.pauseSchedule)
	huma.Register(a.huma, operation("resume-schedule", http.MethodPost, one+"/resume", "Let a paused schedule go on", "What has passed is missed by its own rule."), a.resumeSchedule)
	run := operation("run-schedule", http.MethodPost, one+"/run", "Enqueue a schedule's campaign now",
		"Besides its ticks. With an Idempotency-Key the id is made from it, and the request may be repeated: 200 is the campaign that is there.")
	run.DefaultStatus = http.StatusCreated
	run.Errors = append(run.Errors, http.StatusBadRequest)
	run.Responses = map[string]*huma.Response{"200": {Description: "The campaign is there already."}}
	huma.Register(a.huma, run, a.runSchedule)
}

// SchedulePath names a schedule in a path.
type SchedulePath struct {
	AccountPath
	Name string `path:"name" doc:"1 to 64 of a-z 0-9 _ -"`
}

// scheduleBody is a schedule less what octoq owns.
type scheduleBody struct {
	Cron         string          `json:"cron" doc:"five fields, or six with the second first" example:"0 9 * * 1"`
	Zone         string          `json:"zone" doc:"an IANA name" example:"Europe/Paris"`
	Missed       string          `json:"missed,omitempty" enum:"skip,once" default:"skip" doc:"what becomes of ticks that no worker enqueued in time"`
	ExpiresAfter string          `json:"expires_after,omitempty" doc:"how long after its tick a campaign may still be confirmed" example:"2h0m0s"`
	Campaign     json.RawMessage `json:"campaign" doc:"a campaign whose id holds {{tick}}; its texts may hold {{date}} and {{time}}"`
}

// read makes a schedule of the body.
func (b scheduleBody) read(path SchedulePath, createdBy string, now time.Time) (schedule.Schedule, error) {
	s := schedule.Schedule{
		Name: path.Name, Account: path.Account, Cron: b.Cron, Zone: b.Zone, Missed: schedule.Missed(b.Missed), Template: b.Campaign,
		CreatedAt: now.UTC().Truncate(time.Second), CreatedBy: createdBy,
	}
	if s.Missed == "" {
		s.Missed = schedule.MissedSkip
	}
	if b.ExpiresAfter != "" {
		if err := s.ExpiresAfter.UnmarshalText([]byte(b.ExpiresAfter)); err != nil {
			return s, unprocessable("The schedule is not valid.", fault("expires_after", "is no time such as 2h"))
		}
	}
	return s, nil
}

type (
	putScheduleInput struct {
		SchedulePath
		Body scheduleBody
	}
	runScheduleInput struct {
		SchedulePath
		Key string `header:"Idempotency-Key" doc:"1 to 255 printable ASCII characters; the campaign's id is made from it"`
	}
	scheduleAnswer struct{ Body scheduleShown }
	// scheduleList are all schedules of an account.
	scheduleList struct {
		Items []scheduleShown `json:"items"`
	}
	schedulesAnswer struct{ Body scheduleList }
)

// scheduleShown is a schedule as octoq schedule ls --json prints it.
type scheduleShown struct {
	Name         string             `json:"name"`
	Account      string             `json:"account"`
	Cron         string             `json:"cron"`
	Zone         string             `json:"zone"`
	Missed       string             `json:"missed"`
	ExpiresAfter string             `json:"expires_after,omitempty"`
	Campaign     json.RawMessage    `json:"campaign"`
	CreatedAt    time.Time          `json:"created_at"`
	CreatedBy    string             `json:"created_by"`
	Paused       bool               `json:"paused,omitempty"`
	Last         *time.Time         `json:"last,omitempty" doc:"the last tick that was enqueued"`
	Next         []time.Time        `json:"next" doc:"the next ticks, three unless more are asked for; none while it is paused"`
	Error        string             `json:"error,omitempty" doc:"why this octoq cannot read the schedule"`
	Warnings     []campaign.Warning `json:"warnings,omitempty"`
}

func shown(s admin.ListedSchedule) scheduleShown {
	w := scheduleShown{
		Name: s.Name, Account: s.Account, Cron: s.Cron, Zone: s.Zone, Missed: string(s.Missed), Campaign: s.Template, CreatedAt: s.CreatedAt,
		CreatedBy: s.CreatedBy, Paused: s.Paused, Next: append([]time.Time{}, s.Next...), Error: s.Error, Warnings: s.Warnings,
	}
	if len(w.Campaign) == 0 { // it cannot be read
		w.Campaign = json.RawMessage("null")
	}
	if s.ExpiresAfter > 0 {
		w.ExpiresAfter = time.Duration(s.ExpiresAfter).String()
	}
	if !s.Last.IsZero() {
		w.Last = &s.Last
	}
	return w
}

type listSchedulesInput struct {
	AccountPath
	Ticks int `query:"ticks" minimum:"1" maximum:"100" default:"3" doc:"how many of the next ticks of each"`
}

func (a *Endpoints) listSchedules(ctx context.Context, in *listSchedulesInput) (*schedulesAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	all, err := operator.Schedules(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &schedulesAnswer{Body: scheduleList{Items: []scheduleShown{}}}
	for _, s := range all {
		s.Next = s.Ticks(in.Ticks)
		answer.Body.Items = append(answer.Body.Items, shown(s))
	}
	return answer, nil
}

// onSchedule answers with the schedule that do returns.
func (a *Endpoints) onSchedule(ctx context.Context, path SchedulePath, do func(*admin.Service) (admin.ListedSchedule, error)) (*scheduleAnswer, error) {
	operator, err := a.operatorOf(ctx, path.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	s, err := do(operator)
	if err != nil {
		return nil, a.problem(err)
	}
	return &scheduleAnswer{Body: shown(s)}, nil
}

func (a *Endpoints) getSchedule(ctx context.Context, in *SchedulePath) (*scheduleAnswer, error) {
	return a.onSchedule(ctx, *in, func(o *admin.Service) (admin.ListedSchedule, error) { return o.Schedule(ctx, in.Account, in.Name) })
}

func (a *Endpoints) putSchedule(ctx context.Context, in *putScheduleInput) (*scheduleAnswer, error) {
	s, err := in.Body.read(in.SchedulePath, a.config.Caller(ctx).Name, time.Now())
	if err != nil {
		return nil, err
	}
	return a.onSchedule(ctx, in.SchedulePath, func(o *admin.Service) (admin.ListedSchedule, error) {
		known, err := o.Schedule(ctx, in.Account, in.Name)
		if err == nil && sameSchedule(known.Schedule, s) {
			return known, nil
		}
		set, _, err := o.SetSchedule(ctx, s, "", true)
		return set, err
	})
}

// sameSchedule reports whether two schedules ask for the same.
func sameSchedule(known, s schedule.Schedule) bool {
	known.CreatedAt, known.CreatedBy, known.Paused = s.CreatedAt, s.CreatedBy, s.Paused
	a, err := known.Encode()
	b, other := s.Encode()
	return err == nil && other == nil && a == b
}

func (a *Endpoints) deleteSchedule(ctx context.Context, in *SchedulePath) (*struct{}, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err == nil {
		err = operator.RemoveSchedule(ctx, in.Account, in.Name)
	}
	if err != nil {
		return nil, a.problem(err)
	}
	return nil, nil //nolint:nilnil // 204 has no body
}

func (a *Endpoints) pauseSchedule(ctx context.Context, in *SchedulePath) (*scheduleAnswer, error) {
	return a.onSchedule(ctx, *in, func(o *admin.Service) (admin.ListedSchedule, error) {
		return o.PauseSchedule(ctx, in.Account, in.Name, true)
	})
}

func (a *Endpoints) resumeSchedule(ctx context.Context, in *SchedulePath) (*scheduleAnswer, error) {
	return a.onSchedule(ctx, *in, func(o *admin.Service) (admin.ListedSchedule, error) {
		return o.PauseSchedule(ctx, in.Account, in.Name, false)
	})
}

func (a *Endpoints) runSchedule(ctx context.Context, in *runScheduleInput) (*recordAnswer, error) {
	id, err := idOfRun(in)
	if err != nil {
		return nil, err
	}
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	c, err := operator.TickNow(ctx, in.Account, in.Name, id)
	if err != nil {
		return nil, a.problem(err)
	}
	answer, err := a.enqueue(ctx, c, "")
	if p, ok := errors.AsType[*Problem](err); ok && id != "" && p.Code == codeConflict {
		// What the moment fills in differs when the request is repeated.
		return a.decided(a.config.Client.Get(ctx, in.Account, id))
	}
	return answer, err
}

// idOfRun is the id that a key gives to the campaign of a run, "" without one. It is
// another schedule's for the same key.
func idOfRun(in *runScheduleInput) (string, error) {
	if in.Key == "" {
		return "", nil
	}
	if _, err := idOfKey(in.Key, ""); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte("schedule\x00" + in.Name + "\x00" + in.Key))
	const digits = 16
	return "key-" + hex.EncodeToString(sum[:digits]), nil
}
