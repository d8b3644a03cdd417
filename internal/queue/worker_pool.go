package queue

import "sync"

// workerPool has goroutines that stay. asynq begins a new one for each task, and
// handlers call deep: to grow a stack anew each time took a tenth of what a busy
// worker does.
type workerPool struct {
	work    chan pooledWork
	workers sync.WaitGroup
}

// pooledWork does not panic; ended is closed after it.
type pooledWork struct {
	do    func()
	ended chan struct{}
}

func newWorkerPool() *workerPool { return &workerPool{work: make(chan pooledWork)} }

// start begins the goroutines; stop ends them, when no more work comes.
func (p *workerPool) start(size int) {
	for range size {
		p.workers.Go(func() {
			for w := range p.work {
				w.do()
				close(w.ended)
			}
		})
	}
}

func (p *workerPool) stop() {
	close(p.work)
	p.workers.Wait()
}

// run has work done and waits for it. Where no goroutine is free, as when one is
// still busy with a task that asynq took away from it, the caller does it.
func (p *workerPool) run(do func()) {
	w := pooledWork{do: do, ended: make(chan struct{})}
	select {
	case p.work <- w:
		<-w.ended
	default:
		do()
	}
}
