--[[
record-claims: joins claims into their calls, and puts down what subscribers are to be told of them. Joining claims in any order, any number of times, gives the same calls.
Each claim stands by itself: one whose call cannot be read or written keeps none of the others waiting.

KEYS[1] prefix of the call indexes, without their names
KEYS[2] prefix of the calls' hashes, without their ids
KEYS[3] stream of what is owed to subscribers, see src/domain/owed.ts
KEYS[4] hash of the subscribers: nothing is owed while there is none

ARGV[1] the claims, as JSON: an array of arrays of texts, since arguments by themselves cost the client more than their contents:
  1 id of the call
  2 moment of the claim, milliseconds
  3 rank of the claimed outcome
  4 the claimed outcome
  5 by whom (may be empty)
  6 the number and
  7 the customer that its arrival names (may be empty)
  8.. the fields that it brings, name and value in turn; each value begins with the moment of its claim, 15 digits, so the
    smaller of two is the earlier: it stays

Returns for each claim that was refused its position from 0, and why as an error of Redis.
--]]
local indexes, calls = KEYS[1], KEYS[2]
local claims = cjson.decode(ARGV[1])
local refused, told = {}, {}

-- Redis 6.2 gives a text with the place before the error, later ones a table.
local function reason(failure)
  local text = type(failure) == 'table' and failure.err or tostring(failure)
  local code = string.match(text, '^%-?(%u+ .*)') or string.match(text, ': %-(%u+ .*)')
  return code or ('ERR ' .. text)
end

local function refuse(position, failure)
  if told[position] then return end
  told[position] = true
  refused[#refused + 1] = position - 1
  refused[#refused + 1] = reason(failure)
end

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

-- Calls that were never heard of before, as nearly all that arrive: what lists them is added in the end, in one command a list.
local begun, additions = {}, {}

local function add(list, position, started, id)
  local addition = additions[list]
  if not addition then
    addition = { members = {}, positions = {} }
    additions[list] = addition
  end
  local members = addition.members
  members[#members + 1] = started
  members[#members + 1] = id
  addition.positions[#addition.positions + 1] = position
end

local function list_begun()
  for list, addition in pairs(additions) do
    local added = redis.pcall('ZADD', indexes .. list, unpack(addition.members))
    if type(added) == 'table' and added.err then
      for _, position in ipairs(addition.positions) do refuse(position, added) end
    end
  end
  begun, additions = {}, {}
end

local function begin(position, claim)
  local id, moment, number, customer = claim[1], claim[2], claim[6], claim[7]
  redis.call('HSET', calls .. id, 'startedAt', moment, 'rank', claim[3], 'outcome', claim[4], 'by', claim[5], unpack(claim, 8))
  begun[id] = true
  add('all', position, moment, id)
  if number ~= '' then add('number:' .. number, position, moment, id) end
  if customer ~= '' then add('customer:' .. customer, position, moment, id) end
end

local FINAL = { missed = true, lost = true, voicemail = true, answered = true }

-- A call is told when its outcome is known, again when that turns out to be another, and when it becomes known only then whose
-- call it was. That it was our own, come back, is told to who heard of it as a call.
local function is_news(before, after, known_before, known)
  if FINAL[after] then return after ~= before or (known and not known_before) end
  return after == 'returned' and FINAL[before]
end

local has_subscribers
local function owe(id, outcome, before, moment)
  if has_subscribers == nil then has_subscribers = redis.call('EXISTS', KEYS[4]) == 1 end
  if not has_subscribers then return end
  local was = FINAL[before] and before or nil
  redis.call('XADD', KEYS[3], '*', 'o', cjson.encode({ call = id, is = outcome, was = was, at = tonumber(moment) }))
end

-- Nothing is written before all is read and decided.
local function join(claim)
  local id, moment, rank, claimed, by = unpack(claim, 1, 5)
  local call = calls .. id
  local names = { 'startedAt', 'outcome', 'arrival', 'rank', 'by' }
  for field = 8, #claim, 2 do names[#names + 1] = claim[field] end
  local held = redis.call('HMGET', call, unpack(names))
  local started, outcome, arrival = held[1], held[2], held[3]
  local changes = {}

  for field = 8, #claim, 2 do
    local name, value = claim[field], claim[field + 1]
    local before = held[5 + (field - 6) / 2]
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
  if moves and is_news(held[2], outcome, held[3], arrival) then owe(id, outcome, held[2], moment) end
end

local function record(position, claim)
  local id = claim[1]
  if begun[id] then
    list_begun()
  elseif claim[4] == 'in-progress' and not redis.call('HGET', calls .. id, 'startedAt') then
    return begin(position, claim)
  end
  join(claim)
end

for position, claim in ipairs(claims) do
  local recorded, failure = pcall(record, position, claim)
  if not recorded then refuse(position, failure) end
end
list_begun()
return refused
