package asynqwire

import "strings"

// Tasks of alerts wait in a list of their own beside asynq's pending list, and are
// taken first. Their hashes are asynq's, with one field more, which asynq does not
// read: it stays when the task is retried, scheduled or put back.
//
// An octoq that does not know the list finds no list in which such a task stands,
// and lists it again among asynq's. That is why the field holds since when the task
// is pending, as asynq's own field does: where the two differ, the task stands in
// both lists.
const (
	fieldAlert = "alert"

	// WakeAlerts is what is published to wake those, too, who wait for alerts alone.
	WakeAlerts = "alerts"

	// LuaPutBack defines put_back, which puts a task to the head of the list that is
	// its own and wakes a worker.
	LuaPutBack = `
local function put_back(task, id, pending, alerts, now, channel)
  local alert = redis.call('HGET', task, '` + fieldAlert + `')
  redis.call('HSET', task, 'state', 'pending', 'pending_since', now)
  if alert then redis.call('HSET', task, '` + fieldAlert + `', now) end
  redis.call('RPUSH', alert and alerts or pending, id)
  redis.pcall('PUBLISH', channel, alert and '` + WakeAlerts + `' or '')
end
`

	// mostStale is how many ids of the list that no task waits under are passed over
	// in one script.
	mostStale = "100"
)

// luaTakeNext defines take_next, which runs asynq's dequeue, whose first key is the list
// to take from. With the task comes the run_id it is taken under, which a function
// returns; without a run_id no task is taken, and the answer is false. An empty queue, the
// usual case, costs one look, and a task that is no alert's one more.
//
// KEYS: asynq's four, the list of alerts. ARGV: asynq's two, what to take: a Take.
// Answers the message, the run_id, whether it is an alert's, whether it was taken
// before others that wait, and how many alerts wait. Without a task, the answer is the
// number of ids that wait still and may be taken, if the id just taken had no task.
const luaTakeNext = `
local function take_next(KEYS, ARGV, run_id)
local function asynq(KEYS)
%s
end
if redis.call('EXISTS', KEYS[1], KEYS[5]) == 0 then return 0 end
local alerts, take = redis.call('LLEN', KEYS[5]), ARGV[3]
if alerts == 0 and take == '` + string(TakeAlerts) + `' then return 0 end
local run = run_id()
if run == '' then return false end

local function passed() return redis.call('EXISTS', KEYS[1]) end

-- Is there a task under the next id of the list? It may have been taken from asynq's
-- list, and it must not stay there.
local function waits()
  for _ = 1, ` + mostStale + ` do
    local id = redis.call('LINDEX', KEYS[5], -1)
    if not id then return false end
    local task = redis.call('HMGET', ARGV[2] .. id, 'state', 'pending_since', '` + fieldAlert + `')
    if task[1] == 'pending' then
      if task[2] ~= task[3] then redis.call('LREM', KEYS[1], 0, id) end
      return true
    end
    redis.call('LREM', KEYS[5], -1, id)
  end
end

if alerts > 0 and (take ~= '` + string(TakeWholesale) + `' or passed() == 0) and waits() then
  local msg = asynq({ KEYS[5], KEYS[2], KEYS[3], KEYS[4] })
  if msg then return { msg, run, 1, passed(), redis.call('LLEN', KEYS[5]) } end
elseif take ~= '` + string(TakeAlerts) + `' then
  local msg = asynq(KEYS)
  if msg then return { msg, run, 0, 0, alerts } end
end
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
alerts = redis.call('LLEN', KEYS[5])
return take == '` + string(TakeAlerts) + `' and alerts or alerts + redis.call('LLEN', KEYS[1])
end
`

// luaDequeue is the dequeue as octoq runs it.
const luaDequeue = luaTakeNext + "return take_next(KEYS, ARGV, run_id) or no_run_id()"

// Take says which tasks a dequeue may take, and which ones first.
type Take string

// What a dequeue takes.
const (
	TakeAny       Take = ""          // alerts first
	TakeWholesale Take = "wholesale" // others first
	TakeAlerts    Take = "alerts"    // alerts alone
)

// luaForward moves the alerts among the next due tasks to their list. If there are
// any, it leaves the others to the next run: asynq moves the next hundred, and only
// of those it is known here that none is an alert's.
//
// KEYS: asynq's two, the list of alerts. ARGV: asynq's.
const luaForward = luaAsynq + `
local moved = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)) do
  local task = ARGV[2] .. id
  if redis.call('HGET', task, '` + fieldAlert + `') then
    redis.call('LPUSH', KEYS[3], id)
    redis.call('ZREM', KEYS[1], id)
    redis.call('HSET', task, 'state', 'pending', 'pending_since', ARGV[3], '` + fieldAlert + `', ARGV[3])
    moved = moved + 1
  end
end
if moved > 0 then return moved end
return asynq()
`

func insert(text, source string) string { return strings.Replace(text, "%s", source, 1) }
