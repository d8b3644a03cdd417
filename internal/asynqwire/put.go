package asynqwire

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// PutLimit is how many tasks one put may have. Redis does nothing else
// meanwhile: it takes some 0.3 ms.
const PutLimit = 128

// What asynq's scripts do for one task, for many at once: the ids are looked up
// together, and listed together before the tasks are written, which cannot fail
// any more then. The answer are the numbers of those whose id is taken, by an
// earlier one of the same call too. Repeating a call changes nothing.
//
// KEYS: the list or sorted set of the queue, then each task's own key. ARGV: the
// channel to wake, or ""; where in a task's key its id begins.
const (
	luaFindFree = `
local first, taken, fresh, ids, seen = tonumber(ARGV[2]), {}, {}, {}, {}
local none = redis.call('EXISTS', unpack(KEYS, 2)) == 0
for i = 2, #KEYS do
  local k = KEYS[i]
  if seen[k] or not none and redis.call('EXISTS', k) == 1 then
    taken[#taken + 1] = i - 1
  else
    seen[k] = true
    fresh[#fresh + 1] = i
    ids[#ids + 1] = string.sub(k, first)
  end
end
`
	luaWake = `
if ARGV[1] ~= '' then redis.pcall('PUBLISH', ARGV[1], %wake) end
return taken
`
	// Then the time in nanoseconds and each task's message.
	luaPut = luaFindFree + `
if #ids > 0 then redis.call('LPUSH', KEYS[1], unpack(ids)) end
for _, i in ipairs(fresh) do
  redis.call('HSET', KEYS[i], 'msg', ARGV[i + 2], 'state', 'pending', 'pending_since', ARGV[3]%pending)
end
` + luaWake
	// Then each task's message and when it is due, in seconds.
	luaPutLater = luaFindFree + `
for n, i in ipairs(fresh) do
  redis.call('ZADD', KEYS[1], ARGV[i * 2], ids[n])
  redis.call('HSET', KEYS[i], 'msg', ARGV[i * 2 - 1], 'state', 'scheduled'%scheduled)
end
` + luaWake
)

// forWholesale and forAlerts complete the text of a put.
func forWholesale(text string) string {
	return strings.NewReplacer("%wake", "''", "%pending", "", "%scheduled", "").Replace(text)
}

func forAlerts(text string) string {
	return strings.NewReplacer("%wake", "'"+WakeAlerts+"'",
		"%pending", ", '"+fieldAlert+"', ARGV[3]", "%scheduled", ", '"+fieldAlert+"', ''").Replace(text)
}

// putTexts are all of octoq's scripts that put tasks into a queue.
func putTexts() []string {
	return []string{forWholesale(luaPut), forWholesale(luaPutLater), forAlerts(luaPut), forAlerts(luaPutLater)}
}

// PutScripts are octoq's scripts that put many tasks into a queue.
type PutScripts struct{ now, later, alertsNow, alertsLater *redis.Script }

// NewPutScripts makes the scripts.
func NewPutScripts() PutScripts {
	return PutScripts{
		now: redis.NewScript(forWholesale(luaPut)), later: redis.NewScript(forWholesale(luaPutLater)),
		alertsNow: redis.NewScript(forAlerts(luaPut)), alertsLater: redis.NewScript(forAlerts(luaPutLater)),
	}
}

// Put is one run of such a script.
type Put struct{ ScriptCall }

// Now begins a put of tasks that are due now; size says how many there may be, at
// most PutLimit.
func (s PutScripts) Now(k Keys, now time.Time, size int) Put {
	p := begin(KindEnqueue, s.now, k.Pending(), k, size)
	p.Args = append(p.Args, strconv.FormatInt(now.UnixNano(), 10))
	return p
}

// Later begins a put of tasks that are due later.
func (s PutScripts) Later(k Keys, size int) Put {
	return begin(KindSchedule, s.later, k.Scheduled(), k, size)
}

// AlertsNow is Now for tasks of alerts, which go into a list of their own.
func (s PutScripts) AlertsNow(k Keys, alerts string, now time.Time, size int) Put {
	p := begin(KindEnqueue, s.alertsNow, alerts, k, size)
	p.Args = append(p.Args, strconv.FormatInt(now.UnixNano(), 10))
	return p
}

// AlertsLater is Later for tasks of alerts.
func (s PutScripts) AlertsLater(k Keys, size int) Put {
	return begin(KindSchedule, s.alertsLater, k.Scheduled(), k, size)
}

func begin(kind Kind, script *redis.Script, list string, k Keys, size int) Put {
	return Put{ScriptCall{
		Kind: kind, Script: script, Keys: append(make([]string, 0, size+1), list),
		Args: append(make([]any, 0, 2*size+3), "", strconv.Itoa(len(k.Task(""))+1)),
	}}
}

// Add adds a task; due is for one that is due later, in whole seconds.
func (p *Put) Add(taskKey string, message []byte, due time.Time) {
	p.Keys = append(p.Keys, taskKey)
	p.Args = append(p.Args, message)
	if p.Kind == KindSchedule {
		p.Args = append(p.Args, due.Unix())
	}
}

// WakeOn has the script publish on a channel once the tasks are there.
func (p *Put) WakeOn(channel string) { p.Args[0] = channel }

// Taken reads from the script's answer the places, from 0 on, of the added tasks
// whose ids were taken.
func (p *Put) Taken(answer *redis.Cmd) ([]int, error) {
	numbers, err := answer.Int64Slice()
	if err != nil {
		return nil, err
	}
	var places []int
	for _, n := range numbers {
		if n < 1 || n >= int64(len(p.Keys)) {
			return nil, fmt.Errorf("unexpected answer of a script: %d", n)
		}
		places = append(places, int(n)-1)
	}
	return places, nil
}
