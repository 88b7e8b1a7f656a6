--[[
record-claims: joins claims into their calls. Joining claims in any order, any number of times, gives the same calls.
Each claim stands by itself: one whose call cannot be read or written keeps none of the others waiting.

KEYS[1] prefix of the call indexes, without their names
KEYS[2..] the call's hash, one for each claim; a call may come several times

ARGV[1..] for each claim in turn:
  id of the call
  moment of the claim, milliseconds
  rank of the claimed outcome
  the claimed outcome
  by whom (may be empty)
  how many fields it brings
  those fields, name and value; each value begins with the moment of its claim, 15 digits, so the smaller of two is the
  earlier: it stays

Returns for each claim that was refused its position from 0, and why as an error of Redis.
--]]
local indexes = KEYS[1]

-- The lists that a call is in follow from what is known of it, and from nothing else: whatever was believed of it in
-- between leaves no trace. forget-calls-1.lua knows the same lists.
local function lists_of(id, started, outcome, arrival)
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

-- Nothing is written before all is read and decided.
local function join(call, at, fields)
  local id, moment, rank, claimed, by = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local names = { 'startedAt', 'outcome', 'arrival', 'rank', 'by' }
  for field = 1, fields do names[#names + 1] = ARGV[at + 4 + 2 * field] end
  local held = redis.call('HMGET', call, unpack(names))
  local started, outcome, arrival = held[1], held[2], held[3]
  local changes = {}

  for field = 1, fields do
    local name, value = ARGV[at + 4 + 2 * field], ARGV[at + 5 + 2 * field]
    local before = held[5 + field]
    if not before or value < before then
      changes[#changes + 1] = name
      changes[#changes + 1] = value
      if name == 'arrival' then arrival = value end
    end
  end
  if not started or tonumber(moment) < tonumber(started) then
    started = moment
    changes[#changes + 1] = 'startedAt'
    changes[#changes + 1] = started
  end
  local new, old = tonumber(rank), tonumber(held[4] or '-1')
  -- Two claims of one rank: the order of their texts decides, not the order of their coming.
  if new > old or (new == old and claimed .. '/' .. by < outcome .. '/' .. held[5]) then
    outcome = claimed
    for _, text in ipairs({ 'rank', rank, 'outcome', claimed, 'by', by }) do changes[#changes + 1] = text end
  end

  local moves = started ~= held[1] or outcome ~= held[2] or arrival ~= held[3]
  local from = moves and lists_of(id, held[1], held[2], held[3]) or {}
  local to = moves and lists_of(id, started, outcome, arrival) or {}
  if #changes > 0 then redis.call('HSET', call, unpack(changes)) end
  for _, list in ipairs(from) do redis.call('ZREM', indexes .. list[1], list[3]) end
  for _, list in ipairs(to) do redis.call('ZADD', indexes .. list[1], list[2], list[3]) end
end

-- Redis 6.2 gives a text with the place before the error, later ones a table.
local function reason(failure)
  local text = type(failure) == 'table' and failure.err or tostring(failure)
  local code = string.match(text, '^%-?(%u+ .*)') or string.match(text, ': %-(%u+ .*)')
  return code or ('ERR ' .. text)
end

local refused = {}
local at = 1
for claim = 2, #KEYS do
  local fields = tonumber(ARGV[at + 5])
  local joined, failure = pcall(join, KEYS[claim], at, fields)
  if not joined then
    refused[#refused + 1] = claim - 2
    refused[#refused + 1] = reason(failure)
  end
  at = at + 6 + 2 * fields
end
return refused
