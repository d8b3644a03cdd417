-- Vouch: an operator's word that Redis has forgotten nothing up to now. The changes
-- until now count no more.
-- ARGV: what this process saw last of the account, see moment; who, why.
local told, now = moment(ARGV)
if not told then return no_run_id() end
redis.call('HSET', KEYS[1], 'changes', '', 'vouched_at', text(now), 'vouched_by', ARGV[5], 'vouched_why', ARGV[6])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', '10000', '*', 'id', '', 'state', '', 'what', 'vouched')
told[6], told[7] = text(now), ''
return told
