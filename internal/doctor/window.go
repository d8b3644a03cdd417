package doctor

import (
	"time"

	"github.com/octoq/octoq/internal/window"
)

// Window reports an account's sending window, and whether it is open now.
func Window(account, text string, now time.Time) Finding {
	f := windowFinding(account, text, now)
	f.Account = account
	return f
}

func windowFinding(account, text string, now time.Time) Finding {
	w, err := window.Parse(text)
	switch {
	case err != nil:
		return BadSettings(err.Error())
	case w == nil:
		return ok(CheckWindow, "no sending window is set: wholesale campaigns go out at any hour")
	}
	switch open, change := w.At(now); {
	case change.IsZero() && !open:
		return fault(CheckWindow, "the sending window never opens: "+w.String(), "Correct "+setting(account, "window")+".")
	case change.IsZero():
		return ok(CheckWindow, "the sending window is always open: "+w.String())
	case open:
		return ok(CheckWindow, "the sending window is open until "+change.Format(time.RFC3339)+": "+w.String())
	default:
		return ok(CheckWindow, "the sending window is closed until "+change.Format(time.RFC3339)+": "+w.String())
	}
}
