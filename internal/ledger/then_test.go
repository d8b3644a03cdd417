package ledger

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// What follows a write runs if that is applied, and again when it is repeated.
func testThen(t *testing.T, b *bench, _ backend) {
	tally := key.Lease(b.account, "tally")
	then := Append{
		Script: "redis.call('HINCRBY', KEYS[2], ARGV[1], ARGV[3])\nredis.call('HSET', KEYS[2], 'run', run)\nreturn 'dropped'",
		Keys:   []string{key.Lease(b.account, "unused"), tally}, Args: []any{"n", "unused", 2},
	}
	ch := b.creating("a")
	for _, tc := range []struct {
		why  string
		ch   record.Change
		want record.CommitResult
		n    string
	}{
		{"a write", ch, record.CommitApplied, "2"},
		{"the same again", ch, record.CommitApplied, "4"},
		{"a stale one", b.change(ch.Before, ch.After), record.CommitStale, "4"},
	} {
		got, m, err := b.CommitAppending(b.ctx(), tc.ch, then)
		if err != nil || got != tc.want {
			t.Fatalf("%s: got %q, %v, want %q", tc.why, got, err, tc.want)
		}
		all, err := b.rdb.HGetAll(b.ctx(), tally).Result()
		if err != nil || all["n"] != tc.n || all["run"] != m.RunID {
			t.Errorf("%s: got %v, %v, want %s under %q", tc.why, all, err, tc.n, m.RunID)
		}
	}
	if r, _ := b.load("a"); r.Ticket != "sms_1" || r.State != campaign.StateComputing {
		t.Errorf("got %s with ticket %q, want computing with sms_1", r.State, r.Ticket)
	}
}

// When what follows stops, the change stands, and may be written again without it.
func testThenFails(t *testing.T, b *bench, _ backend) {
	ch := b.creating("a")
	_, _, err := b.CommitAppending(b.ctx(), ch, Append{Script: "error('no')"})
	if err == nil || !strings.Contains(err.Error(), b.account+"/a") {
		t.Errorf("got %v, want an error that names the campaign", err)
	}
	b.commit(ch, record.CommitApplied)
	if r, _ := b.load("a"); r.Revision != ch.Before.Revision+1 {
		t.Errorf("got revision %d, want %d: one write", r.Revision, ch.Before.Revision+1)
	}
}
