--[[
forget-calls: removes the oldest calls, those from before a moment and those beyond a count, with all that lists them.

KEYS[1] prefix of the call indexes, without their names

ARGV[1] calls that began before this moment are forgotten, milliseconds
ARGV[2] how many calls are kept at most
ARGV[3] how many are forgotten at once at most
ARGV[4] prefix of the calls' hashes

Returns how many were forgotten.
--]]
local indexes = KEYS[1]
local all = indexes .. 'all'
local limit = tonumber(ARGV[3])

local ids = redis.call('ZRANGE', all, '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, limit)
local surplus = redis.call('ZCARD', all) - tonumber(ARGV[2])
if #ids < limit and surplus > #ids then
  ids = redis.call('ZRANGE', all, 0, math.min(surplus, limit) - 1)
end

for _, id in ipairs(ids) do
  local key = ARGV[4] .. id
  local known = redis.call('HMGET', key, 'customer', 'number', 'startedAt')
  redis.call('ZREM', all, id)
  redis.call('ZREM', indexes .. 'all:unanswered', id)
  if known[2] then redis.call('ZREM', indexes .. 'number:' .. known[2], id) end
  if known[1] then
    redis.call('ZREM', indexes .. 'customer:' .. known[1], id)
    redis.call('ZREM', indexes .. 'customer:' .. known[1] .. ':unanswered', id)
    redis.call('ZREMRANGEBYSCORE', indexes .. 'customer:' .. known[1] .. ':reached', '-inf', known[3] or '0')
  end
  if known[3] then redis.call('ZREMRANGEBYSCORE', indexes .. 'all:reached', '-inf', known[3]) end
  redis.call('DEL', key)
end

return #ids
