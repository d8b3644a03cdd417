package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// sort is what a campaign is for in this play.
type sort string

const (
	plain     sort = "plain"     // to be sent
	manual    sort = "manual"    // an operator approves or cancels it
	withdrawn sort = "withdrawn" // an operator cancels it, at any time
	noStop    sort = "no_stop"   // refused for its text; mended and replayed
	hopeless  sort = "hopeless"  // refused for its text; left alone
	rehearsal sort = "rehearsal" // simulation mode
	windowed  sort = "windowed"  // its sending window opens in the middle of the play
	booked    sort = "booked"    // not to be created before some moment of the play
)

// item is one campaign. Its list or tag has its id in its name, so that the API's log
// shows which campaign a ticket is for.
type item struct {
	id   string
	sort sort
	line string    // of the file
	from time.Time // nothing of it is done before this, for the last two sorts
}

// campaigns makes n of them, of all sorts.
func campaigns(n int, h hours, r *rand.Rand) []item {
	items := make([]item, n)
	for i := range items {
		c := item{id: fmt.Sprintf("c%05d", i), sort: plain}
		switch p := r.Float64(); {
		case p < 0.12:
			c.sort = manual
		case p < 0.20:
			c.sort = withdrawn
		case p < 0.26:
			c.sort = noStop
		case p < 0.28:
			c.sort = hopeless
		case p < 0.30:
			c.sort = rehearsal
		case p < 0.40:
			c.sort, c.from = windowed, h.opening
		case p < 0.50:
			c.sort, c.from = booked, h.some(r)
		}
		c.line = c.json(i, h)
		items[i] = c
	}
	return items
}

func (c item) json(i int, h hours) string {
	fields := map[string]any{
		"id": c.id, "text": "Hello, STOP au 30101", "type": "sms_premium", "purpose": "wholesale",
		"labels": map[string]string{"sort": string(c.sort)},
	}
	fields["list_name"] = c.id
	if i%2 == 1 {
		delete(fields, "list_name")
		fields["tag_name"] = c.id
	}
	switch c.sort {
	case manual:
		fields["confirm"] = "manual"
	case noStop, hopeless:
		fields["text"] = "Hello"
	case rehearsal:
		fields["simulation_mode"] = true
	case windowed:
		fields["window"] = h.window()
	case booked:
		fields["not_before"] = c.from.Format(time.RFC3339)
	}
	line, err := json.Marshal(fields)
	if err != nil {
		return err.Error() // refused by octoq, and the run fails of it
	}
	return string(line)
}

// files writes the campaigns into files of various lengths, one for each run
// of a producer, and returns their names.
func (w *world) files(items []item, r *rand.Rand) []string {
	w.t.Helper()
	var names []string
	most := max(2, len(items)/5)
	for len(items) > 0 {
		n := min(len(items), 1+r.IntN(most))
		var text []byte
		for _, c := range items[:n] {
			text = append(append(text, c.line...), '\n')
		}
		items = items[n:]
		name := filepath.Join(w.dir, fmt.Sprintf("part%02d.jsonl", len(names)))
		if err := os.WriteFile(name, text, 0o600); err != nil {
			w.t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}
