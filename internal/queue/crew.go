package queue

import "sync"

// crew are goroutines that stay. asynq begins a new one for each task, and
// handlers call deep: to grow a stack anew each time took a tenth of what a busy
// worker does.
type crew struct {
	jobs    chan job
	members sync.WaitGroup
}

// job is something to do, which does not panic; ended is closed after it.
type job struct {
	work  func()
	ended chan struct{}
}

func newCrew() *crew { return &crew{jobs: make(chan job)} }

// begin starts the goroutines; end ends them, when nothing is to be done any more.
func (c *crew) begin(size int) {
	for range size {
		c.members.Go(func() {
			for j := range c.jobs {
				j.work()
				close(j.ended)
			}
		})
	}
}

func (c *crew) end() {
	close(c.jobs)
	c.members.Wait()
}

// do has work done and waits for it. Where no member is free, as when one is
// still busy with a task that asynq took away from it, the caller does it.
func (c *crew) do(work func()) {
	j := job{work: work, ended: make(chan struct{})}
	select {
	case c.jobs <- j:
		<-j.ended
	default:
		work()
	}
}
