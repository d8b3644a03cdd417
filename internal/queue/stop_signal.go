package queue

import "time"

// stopSignal is closed when a server begins to stop.
type stopSignal <-chan struct{}

func (s stopSignal) given() bool {
	select {
	case <-s:
		return true
	default:
		return false
	}
}

// pause waits, but not beyond the signal.
func (s stopSignal) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s:
	case <-t.C:
	}
}
