--[[
rest-backlog: a drain ends, and says when there is something to be done again.

KEYS[1] hash of what is noted of the subscriber
KEYS[2] sorted set of the subscribers to be looked at, by when

ARGV[1] subscriber
ARGV[2] the drain
ARGV[3] now, milliseconds since 1970
ARGV[4] when it is looked at again, milliseconds since 1970; empty: when something arrives
ARGV[5] `1` when what arrives until then asks for no look

Returns 1, or 0 when another drain has it and nothing was done
--]]
-- Less than that after which it is looked at should nothing be heard of the drain.
local AHEAD_MS = 5000
if redis.call('HGET', KEYS[1], 'drain') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], 'drain', 'heard')
local subscriber, at = ARGV[1], ARGV[4]
local quiet = ARGV[5] == '1'
if quiet then redis.call('HSET', KEYS[1], 'quiet', '1') end
local asked = tonumber(redis.call('ZSCORE', KEYS[2], subscriber) or '')
-- Something has arrived since it was read last, or may have: whoever put it down may have looked at the clock later, or have one that is ahead. A look too many does no harm.
if not quiet and asked and asked <= tonumber(ARGV[3]) + AHEAD_MS then
  if at ~= '' then redis.call('ZADD', KEYS[2], 'LT', at, subscriber) end
  return 1
end
if at == '' then
  redis.call('ZREM', KEYS[2], subscriber)
else
  redis.call('ZADD', KEYS[2], at, subscriber)
end
return 1
