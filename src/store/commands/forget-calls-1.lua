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

-- A record that cannot be read is forgotten like the others, and hinders none of them.
local function read(key)
  local stored = redis.pcall('HMGET', key, 'startedAt', 'arrival')
  if stored.err then return '0', {} end
  local readable, known = pcall(cjson.decode, string.sub(stored[2] or '', 16))
  return stored[1] or '0', readable and type(known) == 'table' and known or {}
end

-- The lists are those of record-claims-4.lua.
for _, id in ipairs(ids) do
  local key = ARGV[4] .. id
  local started, known = read(key)
  local customer = known.customer and ('customer:' .. known.customer)
  redis.call('ZREM', all, id)
  redis.call('ZREM', all .. ':unanswered', id)
  if known.number then redis.call('ZREM', indexes .. 'number:' .. known.number, id) end
  if customer then
    redis.call('ZREM', indexes .. customer, id)
    redis.call('ZREM', indexes .. customer .. ':unanswered', id)
  end
  if known.from then
    redis.call('ZREM', indexes .. (customer or 'nobody') .. ':reached', known.from .. '\0' .. string.format('%015d', started) .. '\0' .. id)
  end
  redis.call('DEL', key)
end

return #ids
