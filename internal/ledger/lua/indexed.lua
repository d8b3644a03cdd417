-- Indexed: whether the account's list holds as many ids as the sets of all states
-- together. A script and no transaction: a Redis that is full aborts those.
-- KEYS[1] the list, then the sets.
local records = 0
for i = 2, #KEYS do records = records + redis.call('ZCARD', KEYS[i]) end
return records == redis.call('ZCARD', KEYS[1]) and 1 or 0
