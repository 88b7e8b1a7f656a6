--[[
wake-backlogs: asks for a look at each of many subscribers for whom something waits, one after another: the critical first, and then those for whom something came last, since it may
have just happened. What arrives asks for a look again, of all of them.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] sorted set of the subscribers for whom something waits
KEYS[3] sorted set of the subscribers to be looked at, by when

ARGV[1] now, milliseconds since 1970
ARGV[2] how long after one the next is to be looked at, milliseconds
ARGV[3] the subscribers, a JSON array

Returns at how many is to be looked
--]]
local waiting = {}
for _, subscriber in ipairs(cjson.decode(ARGV[3])) do
  redis.call('HDEL', KEYS[1] .. subscriber .. ':notes', 'quiet')
  local score = redis.call('ZSCORE', KEYS[2], subscriber)
  if score then
    local last = redis.call('HGET', KEYS[1] .. subscriber .. ':notes', 'last')
    waiting[#waiting + 1] = { subscriber = subscriber, rank = math.floor(tonumber(score) / RANK), came = tonumber(string.match(last or '0', '^%d+')), position = #waiting }
  end
end
table.sort(waiting, function(one, other)
  if one.rank ~= other.rank then return one.rank > other.rank end
  if one.came ~= other.came then return one.came > other.came end
  return one.position < other.position
end)
for position, one in ipairs(waiting) do
  redis.call('ZADD', KEYS[3], 'LT', ARGV[1] + (position - 1) * ARGV[2], one.subscriber)
end
return #waiting
