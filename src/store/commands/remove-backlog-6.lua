--[[
remove-backlog: ends all that waits for a subscriber as dropped, and forgets the subscriber, unless there is a record of it; the counts of all keep what was counted of it.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] hash of the counts of all subscribers
KEYS[3] sorted set of the subscribers for whom something waits
KEYS[4] sorted set of the subscribers to be looked at, by when
KEYS[5] set of the subscribers for whom anything is known
KEYS[6] hash of the records of subscribers

ARGV[1] subscriber

Returns how many were dropped
--]]
if redis.call('HEXISTS', KEYS[6], ARGV[1]) == 1 then return 0 end
local books = open_books(KEYS[1], KEYS[2], KEYS[3])
local book = books.of(ARGV[1])
local own = book.own
local dropped = 0
for _, class in ipairs({ 'state', 'history' }) do
  dropped = dropped + redis.call('XLEN', own .. ':' .. class)
end
redis.call('HINCRBY', KEYS[2], 'dropped', dropped)
redis.call('HINCRBY', KEYS[2], 'waiting', 0 - dropped)
redis.call('HINCRBY', KEYS[2], 'bytes', 0 - book.bytes)
for _, part in ipairs({ 'history', 'state', 'keys', 'states', 'retries', 'dead', 'attempts', 'notes' }) do
  redis.call('UNLINK', own .. ':' .. part)
end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[1])
return dropped
