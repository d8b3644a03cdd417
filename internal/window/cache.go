package window

import "sync"

// cacheSize bounds how many windows a Cache remembers; producers use a handful.
const cacheSize = 1000

// Cache remembers the windows that it was asked for, because looking up a zone
// costs more than all else. The zero Cache is ready and safe for concurrent use.
type Cache struct {
	mu      sync.Mutex
	windows map[string]entry
}

type entry struct {
	window *Window
	err    error
}

// Window is Parse, once for each text.
func (b *Cache) Window(text string) (*Window, error) {
	if text == "" {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, known := b.windows[text]; known {
		return e.window, e.err
	}
	if b.windows == nil || len(b.windows) >= cacheSize {
		b.windows = map[string]entry{}
	}
	w, err := Parse(text)
	b.windows[text] = entry{w, err}
	return w, err
}
