package accessstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octoq/octoq/internal/access"
)

// fake is a Redis whose directory has a revision for each look, until it freezes.
type fake struct {
	looks  int
	frozen bool
}

func (f *fake) load(ctx context.Context) (access.Directory, error) {
	if f.frozen {
		<-ctx.Done()
		return access.Directory{}, ErrUnavailable
	}
	f.looks++
	return access.Directory{Revision: time.Duration(f.looks).String()}, nil
}

// pass lets virtual time pass.
func pass(d time.Duration) { <-time.After(d) }

// A Redis that freezes is believed for five seconds, from when it was asked, and never
// longer; a request waits for two.
func TestNoAnswerIsOlderThanFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c := &DirectoryCache{load: f.load}
		asked := time.Now()
		if _, err := c.Directory(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f.frozen = true
		for err := error(nil); err == nil; pass(100 * time.Millisecond) {
			began := time.Now()
			_, err = c.Directory(t.Context())
			if age := began.Sub(asked); (err == nil) != (age < 5*time.Second) {
				t.Fatalf("after %v: got %v", age, err)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Fatalf("a request waited for %v", took)
			}
		}
		f.frozen = false
		pass(2 * time.Second)
		if _, err := c.Directory(t.Context()); err != nil {
			t.Errorf("it is back: got %v", err)
		}
	})
}

// Many requests share one look, and none waits as long as there is an answer.
func TestRequestsShareALook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c := &DirectoryCache{load: f.load}
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); pass(10 * time.Millisecond) {
			for range 3 {
				if _, err := c.Directory(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if f.looks > 9 {
			t.Errorf("6,000 requests in 20 s looked %d times, want every 2.5 s", f.looks)
		}
	})
}

// What this process has changed, its next request knows, also while a look is under way
// that began before.
func TestForgetAsksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		slow := make(chan struct{})
		c := &DirectoryCache{load: func(ctx context.Context) (access.Directory, error) {
			d, err := f.load(ctx)
			if f.looks == 1 {
				<-slow
			}
			return d, err
		}}
		first := make(chan error)
		go func() { _, err := c.Directory(t.Context()); first <- err }()
		synctest.Wait()
		c.Forget()
		close(slow)
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		if d, err := c.Directory(t.Context()); err != nil || d.Revision != time.Duration(2).String() {
			t.Errorf("got %v, %v, want the second look", d, err)
		}
	})
}

// A request that has ended does not wait.
func TestARequestThatEndsWaitsNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &DirectoryCache{load: (&fake{frozen: true}).load}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Directory(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		pass(loadTimeout) // the look itself ends, too
	})
}
