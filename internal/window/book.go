package window

import "sync"

// bookSize bounds how many windows a Book remembers; producers use a handful.
const bookSize = 1000

// Book remembers the windows that it was asked for, because looking up a zone
// costs more than all else. The zero Book is ready and safe for concurrent use.
type Book struct {
	mu      sync.Mutex
	windows map[string]entry
}

type entry struct {
	window *Window
	err    error
}

// Window is Parse, once for each text.
func (b *Book) Window(text string) (*Window, error) {
	if text == "" {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, known := b.windows[text]; known {
		return e.window, e.err
	}
	if b.windows == nil || len(b.windows) >= bookSize {
		b.windows = map[string]entry{}
	}
	w, err := Parse(text)
	b.windows[text] = entry{w, err}
	return w, err
}
