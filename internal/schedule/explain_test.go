package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/schedule"
)

// What other programs read, and what people write for cron, is refused in words that
// say what to write instead.
func TestRefusedExpressionsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for cron, want := range map[string]string{
		"0 9 L * *":        `"L" is no day of month: 1 to 31 are; L, W and # are those of other programs`,
		"0 9 15W * *":      `"15W" is no day of month`,
		"0 9 * * 1#1":      `"1#1" is no day of week: 0 to 6, or sun to sat, are; L, W and #`,
		"0 9 * * 7":        `"7" is no day of week: 0 to 6, or sun to sat, are; Sunday is 0 or sun`,
		"0 9 * * 1-7":      `Sunday is 0 or sun`,
		"0 9 * * lun":      `"lun" is no day of week: 0 to 6, or sun to sat, are`,
		"0 9 * * Monday":   `"Monday" is no day of week`,
		"0 9 * janv *":     `"janv" is no month: 1 to 12, or jan to dec, are`,
		"0 9 * 13 *":       `"13" is no month`,
		"60 9 * * *":       `"60" is no minute: 0 to 59 are`,
		"0 24 * * *":       `"24" is no hour: 0 to 23 are`,
		"0 9 * * 1 2026":   `"2026" is no day of week`,
		"0 9 1.5 * *":      `"1.5" is no day of month`,
		"H 9 * * *":        `"H" is no minute`,
		"0 9 -1 * *":       `"" is no day of month`,
		"0 22-6 * * *":     "the hour 22-6 goes backwards: write 22-23,0-6",
		"0 9 * * fri-mon":  "the day of week fri-mon goes backwards: write fri-6,0-mon",
		"*/0 9 * * *":      `"0" is no step`,
		"*/x 9 * * *":      `"x" is no step`,
		"9:00 monday":      "it has 2 fields; five are wanted",
		"0 0 9 ? * 1 *":    "it has 7 fields",
		"@daily":           "write 0 0 * * *",
		"@reboot":          "five or six fields are wanted",
		"TZ=UTC 0 9 * * *": "the zone is given apart from it (--zone)",
	} {
		_, err := schedule.ParseExpression(cron, time.UTC)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "strconv") {
			t.Errorf("%s: got %v, want %s", cron, err, want)
		}
	}
	for _, cron := range []string{"0 22-23,0-6 * * *", "0 9 * * fri-6,0-mon", "0 0 * * *"} { // what the remedies say
		if _, err := schedule.ParseExpression(cron, time.UTC); err != nil {
			t.Errorf("%s: got %v, want it read", cron, err)
		}
	}
}
