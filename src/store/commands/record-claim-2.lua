--[[
record-claim: joins one claim into a call. Joining claims in any order, any number of times, gives the same call.

KEYS[1] the call's hash
KEYS[2] prefix of the call indexes, without their names

ARGV[1] id of the call
ARGV[2] moment of the claim, milliseconds
ARGV[3] rank of the claimed outcome
ARGV[4] the claimed outcome
ARGV[5] by whom (may be empty)
ARGV[6..] fields and values, each written unless it is there already

Returns the rank that holds now.
--]]
local call, indexes, id = KEYS[1], KEYS[2], ARGV[1]
local at, rank = tonumber(ARGV[2]), tonumber(ARGV[3])

for index = 6, #ARGV, 2 do
  redis.call('HSETNX', call, ARGV[index], ARGV[index + 1])
end

local known = redis.call('HMGET', call, 'startedAt', 'rank', 'outcome', 'by', 'customer', 'number', 'from')
local started = tonumber(known[1])
if not started or at < started then
  started = at
  redis.call('HSET', call, 'startedAt', ARGV[2])
end

local held_rank = tonumber(known[2]) or -1
local outcome = known[3] or ''
-- Two claims of one rank: the order of their texts decides, not the order of their coming.
local wins = rank > held_rank or (rank == held_rank and (ARGV[4] .. '/' .. ARGV[5]) < (outcome .. '/' .. (known[4] or '')))
if wins then
  redis.call('HSET', call, 'rank', rank, 'outcome', ARGV[4], 'by', ARGV[5])
  outcome = ARGV[4]
  held_rank = rank
end

local customer, number, from = known[5], known[6], known[7]
local owners = { 'all' }
if customer then owners[#owners + 1] = 'customer:' .. customer end

redis.call('ZADD', indexes .. 'all', started, id)
if number then redis.call('ZADD', indexes .. 'number:' .. number, started, id) end
if customer then redis.call('ZADD', indexes .. 'customer:' .. customer, started, id) end

for _, owner in ipairs(owners) do
  if outcome == 'missed' or outcome == 'lost' then
    redis.call('ZADD', indexes .. owner .. ':unanswered', started, id)
  else
    redis.call('ZREM', indexes .. owner .. ':unanswered', id)
  end
  if from and (outcome == 'answered' or outcome == 'voicemail') then
    redis.call('ZADD', indexes .. owner .. ':reached', 'GT', started, from)
  end
end

return held_rank
