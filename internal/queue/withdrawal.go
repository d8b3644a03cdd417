package queue

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

// Withdrawal is a script that takes a campaign's first create out of its queue if that
// still waits there, and lets some keys expire if it did. It is to follow the write
// that cancels the campaign, in the same script; what it cannot take out, a worker
// finds cancelled.
type Withdrawal struct {
	Script string
	Keys   []string
	Args   []any
}

// luaWithdraw: KEYS are the task, the four lists in which it may wait, and the keys
// that then expire. ARGV: the task's id, milliseconds.
const luaWithdraw = `
local state, out = redis.call('HGET', KEYS[1], 'state'), 0
if state == 'pending' then
  out = redis.call('LREM', KEYS[5], 0, ARGV[1])
  if out == 0 then out = redis.call('LREM', KEYS[2], 0, ARGV[1]) end
elseif state == 'scheduled' then
  out = redis.call('ZREM', KEYS[3], ARGV[1])
elseif state == 'retry' then
  out = redis.call('ZREM', KEYS[4], ARGV[1])
end
if out == 0 then return 0 end
redis.call('DEL', KEYS[1])
for i = 6, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
return 1
`

// Withdraw makes the script for one campaign.
func Withdraw(account, id string, expiring []string, milliseconds int64) Withdrawal {
	k := asynqwire.KeysOf(key.Queue(account, campaign.StageCreate))
	return Withdrawal{
		Script: luaWithdraw,
		Keys:   append([]string{k.Task(id), k.Pending(), k.Scheduled(), k.Retry(), key.Alerts(k.Queue)}, expiring...),
		Args:   []any{id, milliseconds},
	}
}
