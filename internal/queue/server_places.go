package queue

import "sync"

// wholesalePlaces are those of a server's handlers that may work on wholesale
// campaigns.
type wholesalePlaces struct {
	limit int       // 0 for any number
	freed wakeToken // there is a place again after there was none

	mu      sync.Mutex
	holders map[string]struct{} // by task id
}

// open makes the places ready. They are bounded where some handlers are for alerts
// alone.
func (p *wholesalePlaces) open(config ServerConfig) {
	p.freed, p.holders = make(wakeToken, 1), map[string]struct{}{}
	if config.ForAlerts > 0 {
		p.limit = config.Concurrency
	}
}

// take notes that a task of a wholesale campaign has been taken.
func (p *wholesalePlaces) take(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holders[id] = struct{}{}
}

// release notes that a task's handler has returned, or that asynq has given the task up.
func (p *wholesalePlaces) release(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := len(p.holders)
	delete(p.holders, id)
	if p.limit > 0 && before >= p.limit && len(p.holders) < p.limit {
		p.freed.notify()
	}
}

// holds reports whether a task has one of the places.
func (p *wholesalePlaces) holds(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.holders[id]
	return ok
}

// free reports whether another wholesale campaign may be taken.
func (p *wholesalePlaces) free() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limit == 0 || len(p.holders) < p.limit
}
