--[[
due-backlogs: at which subscribers something is to be done now, and which drain is at it.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] sorted set of the subscribers for whom something waits
KEYS[3] sorted set of the subscribers to be looked at, by when

ARGV[1] now, milliseconds since 1970
ARGV[2] a drain that gave its last sign before this has ended
ARGV[3] how many at most

Returns of each subscriber its id, its drain (empty: none) and its rank
--]]
local reply = {}
for _, subscriber in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local held = redis.call('HMGET', KEYS[1] .. subscriber .. ':notes', 'drain', 'heard')
  local score = redis.call('ZSCORE', KEYS[2], subscriber)
  reply[#reply + 1] = subscriber
  reply[#reply + 1] = held[1] and tonumber(held[2]) >= tonumber(ARGV[2]) and held[1] or ''
  reply[#reply + 1] = math.floor((tonumber(score) or 0) / RANK)
end
return reply
