--[[
remove-backlog: ends all that waits for a subscriber as dropped, and forgets the subscriber; the counts of all keep what was counted of it.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] hash of the counts of all subscribers
KEYS[3] sorted set of the subscribers for whom something waits
KEYS[4] sorted set of the subscribers to be looked at, by when
KEYS[5] set of the subscribers for whom anything is known

ARGV[1] subscriber

Returns how many were dropped
--]]
local books = open_books(KEYS[1], KEYS[2], KEYS[3])
local book = books.of(ARGV[1])
local own = book.own
local dropped = 0
for _, class in ipairs({ 'state', 'history' }) do
  dropped = dropped + redis.call('XLEN', own .. ':' .. class)
end
redis.call('HINCRBY', KEYS[2], 'dropped', dropped)
redis.call('HINCRBY', KEYS[2], 'waiting', -dropped)
redis.call('HINCRBY', KEYS[2], 'bytes', -book.bytes)
for _, part in ipairs({ 'history', 'state', 'keys', 'states', 'retries', 'dead', 'attempts', 'notes' }) do
  redis.call('UNLINK', own .. ':' .. part)
end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[1])
return dropped
