-- Vouch: an operator's word that Redis has forgotten nothing up to now. The changes
-- until now count no more; the answer has them, for the operator to see.
-- ARGV: what this process saw last of the account, see moment; who, why.
local snapshot, now = moment(ARGV)
if not snapshot then return no_run_id() end
redis.call('HSET', KEYS[1], 'changes', '', 'vouched_at', text(now), 'vouched_by', ARGV[6], 'vouched_why', ARGV[7])
snapshot[6] = text(now)
return snapshot
