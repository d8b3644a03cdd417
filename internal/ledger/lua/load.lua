-- Load: the moment and the record, whose hash is empty when there is none.
-- KEYS[4] record
local told = moment()
return { told, redis.call('HGETALL', KEYS[4]) }
