package task_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

func TestIDOfTheFirstCreateIsTheCampaigns(t *testing.T) {
	t.Parallel()
	if got, want := task.ID("spring-1", task.FirstStep()), "spring-1"; got != want {
		t.Errorf("ID of the first create: got %q, want %q", got, want)
	}
	later := record.Step{Stage: campaign.StageCreate, Run: 1, Step: 1, Epoch: 1}
	if got, want := task.ID("spring-1", later), "spring-1~1.1.1"; got != want {
		t.Errorf("ID of its next epoch: got %q, want %q", got, want)
	}
}

func TestParseIDReversesID(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}`).Draw(t, "id")
		s := record.Step{
			Stage: rapid.SampledFrom(record.Stages()).Draw(t, "stage"),
			Run:   rapid.IntRange(1, 1<<31-1).Draw(t, "run"),
			Step:  rapid.IntRange(1, 1<<31-1).Draw(t, "step"),
			Epoch: rapid.IntRange(0, 1<<31-1).Draw(t, "epoch"),
		}
		gotID, gotStep, err := task.ParseID(s.Stage, task.ID(id, s))
		if err != nil || gotID != id || gotStep != s {
			t.Errorf("ParseID(ID(%q, %+v)): got %q, %+v, %v", id, s, gotID, gotStep, err)
		}
	})
}

func TestParseIDIsStrict(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		stage  campaign.Stage
		taskID string
	}{
		{campaign.StageStatus, "a"},         // only the first create is bare
		{campaign.StageCreate, "a~1.1.0"},   // its one name is "a"
		{campaign.StageStatus, "a~1.2"},     //
		{campaign.StageStatus, "a~1.2.0.0"}, //
		{campaign.StageStatus, "a~01.2.0"},  // one number, one spelling
		{campaign.StageStatus, "a~+1.2.0"},  //
		{campaign.StageStatus, "a~0.2.0"},   //
		{campaign.StageStatus, "a~1.0.0"},   //
		{campaign.StageStatus, "a~1.2.-1"},  //
		{campaign.StageStatus, "a~1.2.x"},   //
		{campaign.StageStatus, "a~1.2.0~"},  //
		{campaign.StageStatus, "~1.2.0"},    //
		{campaign.StageCreate, ""},          //
		{campaign.StageCreate, "a b"},       //
		{campaign.StageCreate, ".."},        //
		{campaign.StageStatus, "a~4294967296.1.0"},
		{campaign.StageCreate, strings.Repeat("a", 65)},
	} {
		if id, s, err := task.ParseID(tc.stage, tc.taskID); err == nil {
			t.Errorf("ParseID(%s, %q): got %q, %+v, want an error", tc.stage, tc.taskID, id, s)
		}
	}
}
