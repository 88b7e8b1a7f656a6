--[[
take-notifications: reads on in what waits for a subscriber, for the drain that has it. What has expired ends as that.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] hash of the counts of all subscribers
KEYS[3] sorted set of the subscribers for whom something waits
KEYS[4] sorted set of the subscribers to be looked at, by when

ARGV[1] subscriber
ARGV[2] the drain; empty: whoever it is, nothing is read, only what has expired ends
ARGV[3] now, milliseconds since 1970
ARGV[4] class
ARGV[5] the place after which is read
ARGV[6] how many at most
ARGV[7] when it is looked at again should nothing be heard of the drain, milliseconds since 1970; empty: as it is

Returns nothing when another has it; else the last place that was read (empty: there is nothing after), and of each notification how many wait of its key, its place, and its text
--]]
local subscriber, now, class = ARGV[1], ARGV[3], ARGV[4]
local own = KEYS[1] .. subscriber
local reads = ARGV[2] ~= ''
if reads and redis.call('HGET', own .. ':notes', 'drain') ~= ARGV[2] then return false end
if reads then redis.call('HSET', own .. ':notes', 'heard', now) end
if ARGV[7] ~= '' then redis.call('ZADD', KEYS[4], ARGV[7], subscriber) end

local entries = redis.call('XRANGE', own .. ':' .. class, '(' .. ARGV[5], '+', 'COUNT', ARGV[6])
local last = entries[#entries]
local reply, fields = { last and last[1] or '' }, {}
local books
for _, found in ipairs(entries) do
  local text = found[2][2]
  local head = head_of(text)
  if head[5] ~= '' and tonumber(head[5]) <= tonumber(now) then
    books = books or open_books(KEYS[1], KEYS[2], KEYS[3])
    books.finish(books.of(subscriber), class, found[1], head[3], bytes_of(text), 'expired')
  elseif reads then
    local at = #reply
    fields[#fields + 1] = FIELD[class] .. head[3]
    reply[at + 1], reply[at + 2], reply[at + 3] = '0', found[1], text
  end
end
if books then books.close() end
if #fields > 0 then
  for position, waiting in ipairs(redis.call('HMGET', own .. ':keys', unpack(fields))) do
    reply[3 * position - 1] = waiting or '0'
  end
end
return reply
