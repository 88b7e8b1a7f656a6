--[[
commit: checks, then writes, as one step: records, references, indexes, the change entry, the audit entries
and what is owed to subscribers.

KEYS[1]   revision: the number of the last commit
KEYS[2]   changes: stream, one entry a commit, id `<revision>-0`: an empty name with the hash of all up to here, then each record's
          `collection/id` with its payload behind `=`, or `-` when it was removed
KEYS[3]   audit: stream, entries `<revision>-<n>`
KEYS[4]   references: hash `collection/id` -> how many records refer to it
KEYS[5]   audit head: hash `id` and `hash` of the last audit entry, `first`: id of the first one that is kept of the chain,
          `bytes`: how many bytes the entries from `counted` on take, reckoned as below
KEYS[6]   stream of what is owed to subscribers, see src/domain/owed.ts
KEYS[7]   hash of the subscribers: nothing is owed while there is none
KEYS[8..] the other keys that the operations name

ARGV[1]   how many change entries are kept, about
ARGV[2]   how many audit entries are kept at most
ARGV[3]   how many bytes of them are kept at most: of each its text, its customer and 200 for the rest; the last one in any case
ARGV[4..] operations, five arguments each: name, number of the key in KEYS (0: none), field, value, more
  is      the record must be at revision `value`, or be `absent`, `present` or `unreadable`
  free    nothing may refer to `field`
  new     the key must not exist
  marked  the field of a hash that holds no records must be `value`; absent when `value` is empty
  ref     count `value` (signed) more references to `field`
  put     write the record `field` of the collection `more` with the payload `value`
  del     delete the record `field` of the collection `more`
  index   add the member `field`
  unindex remove the member `field`
  mark    write the field of a hash that holds no records
  push    append `value` to a list
  keep    let the key live for `value` seconds more
  owe     append `value` to what is owed
  audit   append the entry `value`, which concerns the customer `field` (may be empty) and whose SHA-256 is `more`

An audit entry holds c: customer, e: entry, d: its SHA-256, p: hash of the entry before, h: its own hash, which is the SHA-1
of `p:id:customer:d`. The script has no better hash, and needs none: what is hashed here is short and its free part is
itself a SHA-256, so that nobody can shape two entries to the same hash. src/store/audit-chain.ts checks the chain.

Returns   { revision } when everything was written
          { -1, n } when check n (an operation, counted from 0) failed: nothing was written
--]]
local argument_count = #ARGV

local function revision_of(stored)
  return string.match(stored, '^1:(%d+):')
end

for at = 4, argument_count, 5 do
  local name = ARGV[at]
  if name == 'is' then
    local stored = redis.call('HGET', KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2])
    local wanted = ARGV[at + 3]
    local holds
    if wanted == 'absent' then
      holds = not stored
    elseif wanted == 'present' then
      holds = stored
    elseif wanted == 'unreadable' then
      holds = stored and not revision_of(stored)
    else
      holds = stored and revision_of(stored) == wanted
    end
    if not holds then
      return { -1, (at - 4) / 5 }
    end
  elseif name == 'free' then
    if tonumber(redis.call('HGET', KEYS[4], ARGV[at + 2]) or '0') ~= 0 then
      return { -1, (at - 4) / 5 }
    end
  elseif name == 'marked' then
    if (redis.call('HGET', KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2]) or '') ~= ARGV[at + 3] then
      return { -1, (at - 4) / 5 }
    end
  elseif name == 'new' then
    if redis.call('EXISTS', KEYS[tonumber(ARGV[at + 1])]) == 1 then
      return { -1, (at - 4) / 5 }
    end
  end
end

local ENTRY_BYTES = 200
-- So that a limit that was lowered by much is reached over several commits.
local TRIMMED_AT_ONCE = 500

local function bytes_of(entry)
  return #(entry[2][2] or '') + #(entry[2][4] or '') + ENTRY_BYTES
end

local function is_before(id, other)
  local one, two = string.match(id, '^(%d+)-(%d+)$')
  local three, four = string.match(other, '^(%d+)-(%d+)$')
  one, two, three, four = tonumber(one), tonumber(two), tonumber(three), tonumber(four)
  return one < three or (one == three and two < four)
end

-- The oldest go first, in good order: where the chain begins then is noted.
local function trim_audit(kept, kept_bytes)
  local counted = redis.call('HGET', KEYS[5], 'counted')
  local bytes = tonumber(redis.call('HGET', KEYS[5], 'bytes')) or 0
  local length = redis.call('XLEN', KEYS[3])
  local trimmed = 0
  while trimmed < TRIMMED_AT_ONCE and length > 1 and (length > kept or bytes > kept_bytes) do
    local oldest = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
    redis.call('XDEL', KEYS[3], oldest[1])
    if not is_before(oldest[1], counted) then
      bytes = bytes - bytes_of(oldest)
    end
    length = length - 1
    trimmed = trimmed + 1
  end
  if trimmed == 0 then
    return
  end
  redis.call('HSET', KEYS[5], 'bytes', bytes)
  local first = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
  if first[2][5] == 'd' then
    redis.call('HSET', KEYS[5], 'first', first[1])
  end
end

local function append_audit(id, customer, entry, digest)
  local before = redis.call('HGET', KEYS[5], 'hash') or string.rep('0', 40)
  local hash = redis.sha1hex(before .. ':' .. id .. ':' .. customer .. ':' .. digest)
  redis.call('XADD', KEYS[3], id, 'c', customer, 'e', entry, 'd', digest, 'p', before, 'h', hash)
  redis.call('HSETNX', KEYS[5], 'first', id)
  redis.call('HSETNX', KEYS[5], 'counted', id)
  redis.call('HINCRBY', KEYS[5], 'bytes', #entry + #customer + ENTRY_BYTES)
  redis.call('HSET', KEYS[5], 'id', id, 'hash', hash)
  trim_audit(tonumber(ARGV[2]), tonumber(ARGV[3]))
end

local revision = redis.call('INCR', KEYS[1])
local changes = {}
local audits = 0
local has_subscribers

for at = 4, argument_count, 5 do
  local name, key, field, value = ARGV[at], KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2], ARGV[at + 3]
  if name == 'put' then
    redis.call('HSET', key, field, '1:' .. revision .. ':' .. value)
    changes[#changes + 1] = ARGV[at + 4] .. '/' .. field
    changes[#changes + 1] = '=' .. value
  elseif name == 'del' then
    redis.call('HDEL', key, field)
    changes[#changes + 1] = ARGV[at + 4] .. '/' .. field
    changes[#changes + 1] = '-'
  elseif name == 'ref' then
    if redis.call('HINCRBY', KEYS[4], field, value) == 0 then
      redis.call('HDEL', KEYS[4], field)
    end
  elseif name == 'index' then
    redis.call('ZADD', key, 0, field)
  elseif name == 'unindex' then
    redis.call('ZREM', key, field)
  elseif name == 'mark' then
    redis.call('HSET', key, field, value)
  elseif name == 'push' then
    redis.call('RPUSH', key, value)
  elseif name == 'keep' then
    redis.call('EXPIRE', key, value)
  elseif name == 'owe' then
    if has_subscribers == nil then
      has_subscribers = redis.call('EXISTS', KEYS[7]) == 1
    end
    if has_subscribers then
      redis.call('XADD', KEYS[6], '*', 'o', value)
    end
  elseif name == 'audit' then
    append_audit(revision .. '-' .. audits, field, value, ARGV[at + 4])
    audits = audits + 1
  end
end

-- The hash tells this entry from one of the same number and content in another past, after a Redis that lost its last writes. An entry
-- without changes keeps the stream free of gaps, which is how a follower knows that it missed nothing.
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local past = last and last[2][1] == '' and last[2][2] or ''
local hash = redis.sha1hex(past .. '\n' .. table.concat(changes, '\n'))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], revision .. '-0', '', hash, unpack(changes))
return { revision }
