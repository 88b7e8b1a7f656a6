--[[
record-claim: joins one claim into a call. Joining claims in any order, any number of times, gives the same call.

KEYS[1] the call's hash
KEYS[2] prefix of the call indexes, without their names

ARGV[1] id of the call
ARGV[2] moment of the claim, milliseconds
ARGV[3] rank of the claimed outcome
ARGV[4] the claimed outcome
ARGV[5] by whom (may be empty)
ARGV[6..] fields and values; each value begins with the moment of its claim, 15 digits, so the smaller of two is the
        earlier: it stays

Returns the rank that holds now.
--]]
local call, indexes, id = KEYS[1], KEYS[2], ARGV[1]

-- The lists that a call is in follow from what is known of it, and from nothing else: whatever was believed of it in
-- between leaves no trace. forget-calls-1.lua knows the same lists.
local function lists_of(started, outcome, arrival)
  local lists = {}
  if not started then return lists end
  local known = arrival and cjson.decode(string.sub(arrival, 16)) or {}
  local customer = known.customer and ('customer:' .. known.customer)
  local unanswered = outcome == 'missed' or outcome == 'lost'
  local reached = outcome == 'answered' or outcome == 'voicemail'
  lists[#lists + 1] = { 'all', started, id }
  if unanswered then lists[#lists + 1] = { 'all:unanswered', started, id } end
  if known.number and known.number ~= '' then lists[#lists + 1] = { 'number:' .. known.number, started, id } end
  if customer then
    lists[#lists + 1] = { customer, started, id }
    if unanswered then lists[#lists + 1] = { customer .. ':unanswered', started, id } end
  end
  if reached and known.from then
    lists[#lists + 1] = { (customer or 'nobody') .. ':reached', 0, known.from .. '\0' .. string.format('%015d', started) .. '\0' .. id }
  end
  return lists
end

local before = redis.call('HMGET', call, 'startedAt', 'outcome', 'arrival', 'rank', 'by')
local started, outcome, arrival, rank, by = before[1], before[2], before[3], before[4], before[5]

for at = 6, #ARGV, 2 do
  local field, value = ARGV[at], ARGV[at + 1]
  local held = redis.call('HGET', call, field)
  if not held or value < held then
    redis.call('HSET', call, field, value)
    if field == 'arrival' then arrival = value end
  end
end

if not started or tonumber(ARGV[2]) < tonumber(started) then
  started = ARGV[2]
  redis.call('HSET', call, 'startedAt', started)
end

local claimed = tonumber(ARGV[3])
local held = tonumber(rank or '-1')
-- Two claims of one rank: the order of their texts decides, not the order of their coming.
if claimed > held or (claimed == held and ARGV[4] .. '/' .. ARGV[5] < outcome .. '/' .. by) then
  outcome, held = ARGV[4], claimed
  redis.call('HSET', call, 'rank', ARGV[3], 'outcome', ARGV[4], 'by', ARGV[5])
end

if started ~= before[1] or outcome ~= before[2] or arrival ~= before[3] then
  for _, list in ipairs(lists_of(before[1], before[2], before[3])) do
    redis.call('ZREM', indexes .. list[1], list[3])
  end
  for _, list in ipairs(lists_of(started, outcome, arrival)) do
    redis.call('ZADD', indexes .. list[1], list[2], list[3])
  end
end

return held
