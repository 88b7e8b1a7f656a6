--[[
save-route: writes what is known of one unit's routing, if nobody was faster, lists it under its diversion and its group, and counts it
by its state.

KEYS[1] the hash in which it lives
KEYS[2] sorted set of the units of its diversion, all of score 0
KEYS[3] sorted set of the same units by the place of their state
KEYS[4] sorted set of all units that are in conflict, all of score 0
KEYS[5] sorted set of the units of each group, `carrier/@group unit`, all of score 0
KEYS[6] hash `carrier number|group state` -> how many

ARGV[1] the unit, `carrier/unit`
ARGV[2] the version that it must have; 0: there must be none
ARGV[3] its payload; empty: it is forgotten
ARGV[4] place of its state; empty when it has no diversion
ARGV[5] seconds that the lists of its diversion are kept
ARGV[6] 1 when it is in conflict

Returns the new version (0 when it was forgotten), or -1 when it has another: nothing was written
--]]
local carrier, unit = string.match(ARGV[1], '^([^/]*)/(.*)$')

-- What a payload says; nothing of one that cannot be read.
local function said(payload)
  local read, route = pcall(cjson.decode, payload)
  return read and type(route) == 'table' and route or {}
end

-- Where the unit is listed, by what is said of it.
local function grouped(route)
  return type(route.group) == 'string' and carrier .. '/@' .. route.group .. ' ' .. unit or nil
end

local function count(route, by)
  if type(route.is) == 'string' then
    redis.call('HINCRBY', KEYS[6], carrier .. (string.sub(unit, 1, 1) == '@' and ' group ' or ' number ') .. route.is, by)
  end
end

local stored = redis.call('HGET', KEYS[1], ARGV[1])
local version = stored and string.match(stored, '^1:(%d+):') or '0'
if version ~= ARGV[2] then
  return -1
end
local after = 0
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  after = tonumber(version) + 1
  redis.call('HSET', KEYS[1], ARGV[1], '1:' .. string.format('%.0f', after) .. ':' .. ARGV[3])
end
local was = said(stored and string.match(stored, '^1:%d+:(.*)$') or '')
local is = said(ARGV[3])
if was.is ~= is.is then
  count(was, -1)
  count(is, 1)
end
local before, now = grouped(was), grouped(is)
if before and before ~= now then
  redis.call('ZREM', KEYS[5], before)
end
if now then
  redis.call('ZADD', KEYS[5], 0, now)
end
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[2], 0, ARGV[1])
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
  redis.call('EXPIRE', KEYS[3], ARGV[5])
end
if ARGV[6] == '1' then
  redis.call('ZADD', KEYS[4], 0, ARGV[1])
else
  redis.call('ZREM', KEYS[4], ARGV[1])
end
return after
