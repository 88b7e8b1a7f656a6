--[[
ask-routes: units are to be looked at now. One that waits for later is moved up; one that is due already keeps its place, and it
can be seen that it was asked for again.

KEYS[1] sorted set of a carrier's units, score: rank times 1e13, and when, milliseconds

ARGV[1] now, milliseconds
ARGV[2] the rank of units that are only looked at from time to time, and those from it on
ARGV[3..] rank and unit, in turn

Returns how many were asked for
--]]
local STRIDE = 1e13
-- The least that is told apart at such scores.
local BIT = 0.0078125
local now, seldom = tonumber(ARGV[1]), tonumber(ARGV[2])
local asked = 0
for at = 3, #ARGV, 2 do
  local score = tonumber(ARGV[at]) * STRIDE + now
  local held = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[at + 1]) or '')
  if held then
    local rank = math.floor(held / STRIDE)
    local due = held - rank * STRIDE
    if rank < seldom and due <= now then
      score = tonumber(ARGV[at]) * STRIDE + due + BIT
    end
  end
  redis.call('ZADD', KEYS[1], string.format('%.17g', score), ARGV[at + 1])
  asked = asked + 1
end
return asked
