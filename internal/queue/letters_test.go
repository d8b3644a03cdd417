package queue_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// onBoth runs a test on a real Redis and on miniredis.
func onBoth(t *testing.T, test func(t *testing.T, c redis.UniversalClient)) {
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, redistest.Start(t).Client())
	})
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		c := redis.NewClient(&redis.Options{Addr: memredis.RunT(t).Addr()})
		t.Cleanup(func() { _ = c.Close() })
		test(t, c)
	})
}

func bury(t *testing.T, c redis.UniversalClient, ids ...string) *queue.Letters {
	t.Helper()
	l := queue.NewLetters(c)
	for _, i := range ids {
		if err := l.Bury(t.Context(), letter(i, 1, 2)); err != nil {
			t.Fatalf("Bury: %v", err)
		}
	}
	return l
}

func TestLetterWaitsForAPerson(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c redis.UniversalClient) {
		g := newGot()
		woken(t, c, campaign.StageDead, g.handle)
		l := bury(t, c, "a")
		got, err := l.Get(t.Context(), account, "a")
		if diff := cmp.Diff(letter("a", 1, 2), got.Task); err != nil || got.Err != nil || got.Running || diff != "" {
			t.Fatalf("Get: %v, %v, running %v (-want +got):\n%s", err, got.Err, got.Running, diff)
		}
		info, err := asynq.NewInspectorFromRedisClient(c).GetTaskInfo("default.dead", "a~1.2.0")
		if err != nil || info.NextProcessAt.UTC().Year() != 9999 || info.Type != "campaign:dead" ||
			!strings.Contains(string(info.Payload), `"message": "Mention STOP is missing."`) {
			t.Errorf("asynq: got %+v, %v, want a readable letter due in 9999", info, err)
		}
		if err := l.Run(t.Context(), account, "a", got.Task.Step); err != nil {
			t.Fatalf("Run: %v", err)
		}
		if d := g.await(t, 1)[0]; !cmp.Equal(d.Task, letter("a", 1, 2)) {
			t.Errorf("delivered: got %+v, want the letter", d)
		}
		eventually(t, "it is gone", func() bool {
			_, err := l.At(t.Context(), account, "a", got.Task.Step)
			return errors.Is(err, campaign.ErrNotFound)
		})
	})
}

func TestGetFindsTheNewestOfTheCampaign(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c redis.UniversalClient) {
		l := bury(t, c, "a-b", "aa", "a.c", "A", "a0")
		for _, run := range []int{9, 10, 2} {
			if err := l.Bury(t.Context(), letter("a", run, 2)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := l.Get(t.Context(), account, "a")
		if err != nil || got.Task.ID != "a" || got.Task.Step.Run != 10 {
			t.Errorf("got %+v, %v, want the letter of run 10", got.Task, err)
		}
		if _, err := l.Get(t.Context(), account, "b"); !errors.Is(err, campaign.ErrNotFound) {
			t.Errorf("no letter: got %v, want campaign.ErrNotFound", err)
		}
	})
}

func TestListGoesOnBehindTheCursor(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c redis.UniversalClient) {
		l := bury(t, c, "e", "b", "d", "a", "c")
		var got []string
		cursor := ""
		for range 4 {
			letters, next, err := l.List(t.Context(), account, cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range letters {
				got = append(got, b.Task.ID)
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		if want := []string{"a", "b", "c", "d", "e"}; !cmp.Equal(want, got) {
			t.Errorf("got %v, want %v", got, want)
		}
		if letters, next, err := l.List(t.Context(), "nobody", "", 2); err != nil || len(letters) > 0 || next != "" {
			t.Errorf("no letters: got %v, %q, %v", letters, next, err)
		}
	})
}

func TestEditWritesOnlyWhatWasRead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c redis.UniversalClient) {
		ctx, l := t.Context(), bury(t, c, "a")
		read, err := l.Get(ctx, account, "a")
		if err != nil {
			t.Fatal(err)
		}
		mended := *read.Task.Letter
		mended.Campaign.Text = "mended, STOP au 30101"
		if err := l.Edit(ctx, read, mended); err != nil {
			t.Fatalf("Edit: %v", err)
		}
		if err := l.Edit(ctx, read, mended); !errors.Is(err, queue.ErrChanged) {
			t.Errorf("against what was read before: got %v, want ErrChanged", err)
		}
		now, err := l.Get(ctx, account, "a")
		if err != nil || now.Task.Letter.Campaign.Text != mended.Campaign.Text {
			t.Errorf("got %+v, %v, want the text mended", now.Task.Letter, err)
		}
		other := mended
		other.Campaign.ID = "b"
		if err := l.Edit(ctx, now, other); err == nil {
			t.Error("another id: got no error")
		}
		if err := l.Run(ctx, account, "a", now.Task.Step); err != nil {
			t.Fatalf("Run: %v", err)
		}
		if err := l.Edit(ctx, now, mended); !errors.Is(err, queue.ErrBusy) {
			t.Errorf("while it runs: got %v, want ErrBusy", err)
		}
		if err := l.Run(ctx, account, "a", now.Task.Step); !errors.Is(err, queue.ErrBusy) {
			t.Errorf("run twice: got %v, want ErrBusy", err)
		}
		if b, err := l.At(ctx, account, "a", now.Task.Step); err != nil || !b.Running {
			t.Errorf("At: got %+v, %v, want it running", b, err)
		}
		if err := l.Delete(ctx, account, "a", now.Task.Step); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if err := l.Delete(ctx, account, "a", now.Task.Step); err != nil {
			t.Errorf("Delete of what is gone: %v", err)
		}
		if err := l.Edit(ctx, now, mended); !errors.Is(err, campaign.ErrNotFound) {
			t.Errorf("edit of what is gone: got %v, want campaign.ErrNotFound", err)
		}
		if err := l.Run(ctx, account, "a", now.Task.Step); !errors.Is(err, campaign.ErrNotFound) {
			t.Errorf("run of what is gone: got %v, want campaign.ErrNotFound", err)
		}
	})
}

func TestLetterInAWorkersHandsIsNotDeleted(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	l := bury(t, c, "a")
	g, release := newGot(), make(chan struct{})
	server(t, c, campaign.StageDead, func(_ context.Context, d queue.Delivery) queue.Result {
		g.add(d)
		<-release
		return queue.Done()
	})
	defer close(release)
	if err := l.Run(t.Context(), account, "a", letter("a", 1, 2).Step); err != nil {
		t.Fatal(err)
	}
	g.await(t, 1)
	if err := l.Delete(t.Context(), account, "a", letter("a", 1, 2).Step); !errors.Is(err, queue.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
}

// An edit by other means that octoq cannot read is shown, not lost.
func TestUnreadableLetterIsListed(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	l := bury(t, c, "a")
	broken := []byte(`{"version":1,"campaign":{"id":"a","account":"default","texte":"x"},"failure":{}}`)
	if err := asynq.NewInspectorFromRedisClient(c).UpdateTaskPayload("default.dead", "a~1.2.0", broken); err != nil {
		t.Fatal(err)
	}
	letters, _, err := l.List(t.Context(), account, "", 10)
	if err != nil || len(letters) != 1 {
		t.Fatalf("List: got %v, %v, want one letter", letters, err)
	}
	b := letters[0]
	if b.Err == nil || !strings.Contains(b.Err.Error(), `"texte"`) || b.Task.ID != "a" || !bytes.Equal(b.Payload, broken) {
		t.Errorf("got %+v, want the error, the payload, and whose it is", b)
	}
	if err := l.Edit(t.Context(), b, *letter("a", 1, 2).Letter); err != nil {
		t.Errorf("mending it: %v", err)
	}
}

func TestBuryWantsALetter(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	if err := queue.NewLetters(c).Bury(t.Context(), step("a", campaign.StageStatus, 2)); err == nil {
		t.Error("got no error")
	}
}

// A letter that was run is listed apart until a worker has done with it.
func TestLettersThatWereRunAreListedApart(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c redis.UniversalClient) {
		l := bury(t, c, "b", "a", "c")
		want := func(letters []queue.Buried, running bool, ids ...string) {
			t.Helper()
			var got []string
			for _, b := range letters {
				got = append(got, b.Task.ID)
				if b.Running != running {
					t.Errorf("%s: got running %v, want %v", b.Task.ID, b.Running, running)
				}
			}
			if !cmp.Equal(ids, got) {
				t.Errorf("got %v, want %v", got, ids)
			}
		}
		for _, id := range []string{"c", "a"} {
			if err := l.Run(t.Context(), account, id, letter(id, 1, 2).Step); err != nil {
				t.Fatal(err)
			}
		}
		run, more, err := l.AllRun(t.Context(), account)
		if err != nil || more {
			t.Errorf("got %v and more %v, want all of them", err, more)
		}
		want(run, true, "a", "c")
		waiting, _, err := l.List(t.Context(), account, "", 10)
		if err != nil {
			t.Error(err)
		}
		want(waiting, false, "b")
	})
}
