package hub

import (
	"encoding/json"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/event"
)

// entriesOf reads what XRANGE answers within a script.
func entriesOf(v any) ([]redis.XMessage, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("unexpected answer of a script: %v", v)
	}
	entries := make([]redis.XMessage, 0, len(list))
	for _, one := range list {
		pair, ok := one.([]any)
		if !ok || len(pair) != 2 {
			return nil, fmt.Errorf("unexpected entry of a stream: %v", one)
		}
		id, _ := pair[0].(string)
		if _, _, err := parseID(id); err != nil {
			return nil, fmt.Errorf("unexpected entry of a stream: %v", one)
		}
		fields, _ := pair[1].([]any)
		m := redis.XMessage{ID: id, Values: map[string]any{}}
		for i := 0; i+1 < len(fields); i += 2 {
			if name, ok := fields[i].(string); ok {
				m.Values[name] = fields[i+1]
			}
		}
		entries = append(entries, m)
	}
	return entries, nil
}

// eventOf is the event of an entry. Its time is the entry's, unless it has one.
func eventOf(entry redis.XMessage) (event.Event, error) {
	text, _ := entry.Values["event"].(string)
	var e event.Event
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return e, fmt.Errorf("read event %s: %w", entry.ID, err)
	}
	if e.At.IsZero() {
		e.At = timeOf(entry.ID)
	}
	return e, nil
}
