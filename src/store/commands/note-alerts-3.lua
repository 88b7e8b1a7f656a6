--[[
note-alerts: a post of a source was read: which of its alerts hold over what was known of them? An alert that is older than what is known of
it, by its sender's time, changes nothing; of the same time the later to come holds.

KEYS[1] hash of the source's alerts, `AT EXPIRES TEXT` by name
KEYS[2] hash of what is counted of the source
KEYS[3] list of the last alerts that matched nothing

ARGV[1] now, milliseconds since 1970
ARGV[2] how many alerts are kept; beyond it what expires first goes
ARGV[3] how long all of it is kept after the last post, milliseconds
ARGV[4] what is to be added to the counts, a JSON object of whole numbers
ARGV[5] what is to be set beside them, a JSON object of texts
ARGV[6] the alerts that matched nothing, a JSON array of texts, the newest first
ARGV[7] how many of those are kept
ARGV[8..] the alerts, four each: name, time by its sender, when it expires, text

Returns for each alert 1 when it holds and is news, 2 when it holds and was known so, 0 when it is older than what is known
--]]
local results = {}
local outdated, known = 0, 0
for i = 8, #ARGV, 4 do
  local name, at, expires, text = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 3]
  local held = redis.call('HGET', KEYS[1], name)
  local heldAt, heldExpires, heldText
  if held then
    heldAt, heldExpires, heldText = string.match(held, '^(%d+) (%d+) (.*)$')
  end
  local holds = heldAt and tonumber(heldExpires) > tonumber(ARGV[1])
  if holds and tonumber(heldAt) > at then
    results[#results + 1] = 0
    outdated = outdated + 1
  else
    if holds and tonumber(heldAt) == at and heldText == text then
      results[#results + 1] = 2
      known = known + 1
    else
      results[#results + 1] = 1
    end
    redis.call('HSET', KEYS[1], name, string.format('%.0f %.0f %s', at, expires, text))
  end
end

local over = redis.call('HLEN', KEYS[1]) - tonumber(ARGV[2])
if over > 0 then
  local all = redis.call('HGETALL', KEYS[1])
  local byExpiry = {}
  for i = 1, #all, 2 do
    byExpiry[#byExpiry + 1] = { tonumber(string.match(all[i + 1], '^%d+ (%d+) ')) or 0, all[i] }
  end
  table.sort(byExpiry, function(one, other)
    return one[1] < other[1] or (one[1] == other[1] and one[2] < other[2])
  end)
  for i = 1, over do
    redis.call('HDEL', KEYS[1], byExpiry[i][2])
  end
end

for field, count in pairs(cjson.decode(ARGV[4])) do
  redis.call('HINCRBY', KEYS[2], field, string.format('%.0f', count))
end
if outdated > 0 then
  redis.call('HINCRBY', KEYS[2], 'outdated', outdated)
end
if known > 0 then
  redis.call('HINCRBY', KEYS[2], 'repeated', known)
end
for field, value in pairs(cjson.decode(ARGV[5])) do
  redis.call('HSET', KEYS[2], field, value)
end
local unmatched = cjson.decode(ARGV[6])
for i = #unmatched, 1, -1 do
  redis.call('LPUSH', KEYS[3], unmatched[i])
end
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[7]) - 1)
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[3])
end
return results
