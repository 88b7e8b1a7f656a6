--[[
settle-route: a unit was looked at: when is it next? Unless it was asked for again meanwhile: then it stays due.

KEYS[1] sorted set of a carrier's units

ARGV[1] the unit
ARGV[2] its score when it was taken
ARGV[3] its next score; empty: never

Returns 1 when it was settled, 0 when it was asked for again
--]]
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not held or tonumber(held) ~= tonumber(ARGV[2]) then
  return 0
end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
return 1
