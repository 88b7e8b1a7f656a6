--[[
share-budget: one process tells what it saw of a scope and what it needs, and learns the budget, what all saw under it, and its share.
Shares that are in use never add up to more than the limit: one that is to grow waits until others have given theirs back.

KEYS[1] hash of the scope: version, budget, limit, sums `w:NAME`, shares `p:PROCESS` as `UNTIL HELD LIVE CRITICAL STANDARD LOW`

ARGV[1] now, milliseconds
ARGV[2] the process
ARGV[3] until when its share is its own unless it comes again, milliseconds
ARGV[4] how many it has in flight
ARGV[5] what it needs: live, critical, standard, low, parted by spaces; empty: nothing any more, it goes
ARGV[6] the version of the budget under which it saw what follows; what was seen under another is not added
ARGV[7] what it saw: NAME=NUMBER, parted by spaces; of `retryAfterMs` the largest counts
ARGV[8] the limit of the next budget, which is written when the version is still that; empty: no next one
ARGV[9] the next budget
ARGV[10] the hash is kept for so long, milliseconds
ARGV[11] the limit of a budget that nobody has begun
ARGV[12] how much of the limit the backlog leaves free: a share of it, at least 1

Returns version, budget (empty: none yet), what all saw (NAME, NUMBER in turn, as one list), share, and share of the backlog
--]]
local scope, now, me = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local version = tonumber(redis.call('HGET', scope, 'version') or '0')
if version == tonumber(ARGV[6]) then
  for name, number in string.gmatch(ARGV[7], '(%a+)=(%S+)') do
    if name == 'retryAfterMs' then
      local known = tonumber(redis.call('HGET', scope, 'w:' .. name) or '0')
      redis.call('HSET', scope, 'w:' .. name, string.format('%.17g', math.max(known, tonumber(number))))
    else
      redis.call('HINCRBYFLOAT', scope, 'w:' .. name, number)
    end
  end
  if ARGV[8] ~= '' then
    version = version + 1
    redis.call('HSET', scope, 'version', version, 'limit', ARGV[8], 'budget', ARGV[9])
    for _, field in ipairs(redis.call('HKEYS', scope)) do
      if string.sub(field, 1, 2) == 'w:' then
        redis.call('HDEL', scope, field)
      end
    end
  end
end

local seen, others, names, held = {}, {}, {}, 0
local all = redis.call('HGETALL', scope)
local budget, limit = '', tonumber(ARGV[11])
for at = 1, #all, 2 do
  local field, value = all[at], all[at + 1]
  local kind = string.sub(field, 1, 2)
  if field == 'budget' then
    budget = value
  elseif field == 'limit' then
    limit = tonumber(value)
  elseif kind == 'w:' then
    seen[#seen + 1] = string.sub(field, 3)
    seen[#seen + 1] = value
  elseif kind == 'p:' then
    local name = string.sub(field, 3)
    local numbers = {}
    for number in string.gmatch(value, '%S+') do
      numbers[#numbers + 1] = tonumber(number)
    end
    if numbers[1] <= now then
      redis.call('HDEL', scope, field)
    elseif name ~= me then
      others[name] = numbers
      names[#names + 1] = name
      held = held + numbers[2]
    end
  end
end

local share, backlog = 0, 0
if ARGV[5] == '' then
  redis.call('HDEL', scope, 'p:' .. me)
else
  local mine = {0, 0}
  for number in string.gmatch(ARGV[5], '%S+') do
    mine[#mine + 1] = tonumber(number)
  end
  others[me] = mine
  names[#names + 1] = me
  table.sort(names)
  -- What is left over after all have the same goes round, so that each gets some in turn.
  local turn = math.floor(now / 1000) % #names
  local given = {}
  local function deal(left, need)
    while left > 0 do
      local open = {}
      for at = 1, #names do
        local name = names[(at + turn - 1) % #names + 1]
        if need(name) > 0 then
          open[#open + 1] = name
        end
      end
      if #open == 0 then
        break
      end
      local each = math.max(1, math.floor(left / #open))
      for _, name in ipairs(open) do
        local part = math.min(each, need(name), left)
        given[name] = (given[name] or 0) + part
        left = left - part
      end
    end
    return left
  end
  local reserve = 0
  if limit > 1 then
    reserve = math.max(1, math.floor(limit * tonumber(ARGV[12])))
  end
  local left = limit - reserve
  local asked = {}
  for kind = 3, 6 do
    left = deal(left, function(name)
      local want = 0
      for at = 3, kind do
        want = want + others[name][at]
      end
      return want - (given[name] or 0)
    end)
  end
  for _, name in ipairs(names) do
    asked[name] = (given[name] or 0) + math.ceil(left / #names)
  end
  left = deal(left, function(name) return asked[name] - (given[name] or 0) end)
  backlog = given[me] or 0
  for _, name in ipairs(names) do
    asked[name] = (given[name] or 0) + math.ceil(reserve / #names)
  end
  deal(reserve, function(name) return asked[name] - (given[name] or 0) end)
  local free = math.max(0, limit - held)
  share = math.min(given[me] or 0, free)
  backlog = math.min(backlog, share)
  mine[1] = ARGV[3]
  mine[2] = math.max(share, tonumber(ARGV[4]))
  redis.call('HSET', scope, 'p:' .. me, table.concat(mine, ' '))
end
redis.call('PEXPIRE', scope, ARGV[10])
return {version, budget, seen, share, backlog}
