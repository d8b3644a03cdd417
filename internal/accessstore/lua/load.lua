-- The directory at one moment.
-- KEYS: 1 meta, 2 users, 3 tokens. Answers revision, sessions_from, users, tokens, time.
return {
  redis.call('HGET', KEYS[1], 'revision') or '',
  redis.call('HGET', KEYS[1], 'sessions_from') or '',
  redis.call('HGETALL', KEYS[2]),
  redis.call('HGETALL', KEYS[3]),
  redis.call('TIME'),
}
