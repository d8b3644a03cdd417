package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/stats"
)

// stats registers what says what campaigns came to.
func (a *Endpoints) stats() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "get-stats", Method: http.MethodGet, Path: "/v1/accounts/{account}/stats", Tags: []string{"accounts"},
		Summary: "Read what campaigns came to, and what they cost",
		Description: "By when a campaign was sent, cancelled, or died, in UTC; from and to are widened to whole items, as the answer says. " +
			"Figures outlive the campaigns: days are kept for 400 days, hours for 64 days, minutes for 6 hours. " +
			"unknown are campaigns that ended although they may have been sent; what is found out later is moved. " +
			"Minutes are not divided by anything, and of very many values on one day some are counted together, as kind other.",
		Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, a.getStats)
}

type statsInput struct {
	AccountPath
	From time.Time        `query:"from" doc:"the first moment; without it what a page has room for: 400 days, 7 days of hours, or 6 hours"`
	To   time.Time        `query:"to" doc:"the moment at which it ends; without it now"`
	Per  stats.BucketSize `query:"per" enum:"minute,hour,day" default:"day" doc:"how long each item is"`
	By   string           `query:"by" maxLength:"70" doc:"divide by list, tag, purpose, type, or label.K for the label K" example:"label.shop"`
}

type statsAnswer struct{ Body admin.AccountFigures }

func (a *Endpoints) getStats(ctx context.Context, in *statsInput) (*statsAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	by, err := stats.ParseDimension(in.By)
	if err == nil && by != "" && in.Per == stats.PerMinute {
		return nil, newProblem(http.StatusUnprocessableEntity, "", "Minutes are not divided by anything: ask per hour.")
	}
	if err != nil {
		return nil, newProblem(http.StatusUnprocessableEntity, "", err.Error())
	}
	span := in.span(time.Now())
	if !span.From.Before(span.To) {
		return nil, newProblem(http.StatusUnprocessableEntity, "", "from is not before to.")
	}
	figures, err := operator.Figures(ctx, admin.FiguresQuery{Account: in.Account, Period: span, Per: in.Per, By: by})
	if err != nil {
		return nil, a.problem(err)
	}
	return &statsAnswer{Body: figures}, nil
}

// span is what is asked for, widened to whole items.
func (in *statsInput) span(now time.Time) stats.TimeRange {
	const hours = 7 * 24 * time.Hour
	back := map[stats.BucketSize]time.Duration{stats.PerMinute: stats.MinuteRetention, stats.PerHour: hours, stats.PerDay: stats.DayRetention}
	from, to := in.From, in.To
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-back[in.Per] + in.Per.Length())
	}
	return stats.TimeRange{From: in.Per.Start(in.Per.Index(from)), To: in.Per.Start(in.Per.Index(to.Add(in.Per.Length() - 1)))}
}
