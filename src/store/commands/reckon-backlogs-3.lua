--[[
reckon-backlogs: does what was accepted equal what ended and what waits? What waits is counted where it waits, not by what is noted of it.

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] hash of the counts of all subscribers
KEYS[3] set of the subscribers for whom anything is known

Returns how many are not accounted for, 0 when all is well; then the counts of all, name and value in turn
--]]
local ENDS = { 'delivered', 'coalesced', 'expired', 'dropped', 'dead' }

local function missing(key, waiting)
  local counts = redis.call('HMGET', key, 'accepted', unpack(ENDS))
  local left = (tonumber(counts[1]) or 0) - waiting
  for at = 2, #counts do left = left - (tonumber(counts[at]) or 0) end
  return math.abs(left)
end

local all, unaccounted = 0, 0
for _, subscriber in ipairs(redis.call('SMEMBERS', KEYS[3])) do
  local own = KEYS[1] .. subscriber
  local noted = redis.call('HMGET', own .. ':notes', 'waiting:history', 'waiting:state')
  local waiting = 0
  for at, class in ipairs({ 'history', 'state' }) do
    local held = redis.call('XLEN', own .. ':' .. class)
    unaccounted = unaccounted + math.abs(held - (tonumber(noted[at]) or 0))
    waiting = waiting + held
  end
  unaccounted = unaccounted + missing(own .. ':notes', waiting)
  all = all + waiting
end
return { unaccounted + missing(KEYS[2], all), unpack(redis.call('HGETALL', KEYS[2])) }
