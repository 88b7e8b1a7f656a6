--[[
settle-notifications: writes what became of notifications that were taken. What was replaced, dropped or has expired meanwhile has ended so, and is not counted again.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] hash of the counts of all subscribers
KEYS[3] sorted set of the subscribers for whom something waits

ARGV[1] subscriber
ARGV[2] the drain
ARGV[3] now, milliseconds since 1970
ARGV[4] what was delivered, a JSON object: of each class an array of place, key and bytes, behind one another
ARGV[5] what became of the others, a JSON array of arrays of texts: `dead` or `retry`, class, place, key, bytes, and
  of what is given up its cause and the tries, of what is tried again the tries, since when and when
ARGV[6] the tries, a JSON array of texts
ARGV[7] how many tries are kept
ARGV[8] how many dead letters are kept
ARGV[9] deliveries a second lately; empty: not told

Returns 1, or 0 when another drain has it: then only what was delivered is written, since that is so
--]]
local now = ARGV[3]
local own = KEYS[1] .. ARGV[1]
local notes = own .. ':notes'
local has_it = redis.call('HGET', notes, 'drain') == ARGV[2]
local books = open_books(KEYS[1], KEYS[2], KEYS[3])
local book = books.of(ARGV[1])
local delivered = false

local function bury(class, place, key, bytes, cause, tries)
  local found = redis.call('XRANGE', own .. ':' .. class, place, place)[1]
  if not found then return end
  local entry = found[2]
  for _, text in ipairs({ 's', class, 'w', cause, 'r', tries, 'g', now }) do entry[#entry + 1] = text end
  redis.call('XADD', own .. ':dead', 'MAXLEN', ARGV[8], '*', unpack(entry))
  books.finish(book, class, place, key, bytes, 'dead')
end

for class, taken in pairs(cjson.decode(ARGV[4])) do
  delivered = books.finish_all(book, class, taken, 'delivered') or delivered
end
for _, settled in ipairs(cjson.decode(ARGV[5])) do
  local is, class, place, key, bytes = unpack(settled, 1, 5)
  if has_it and is == 'dead' then
    bury(class, place, key, tonumber(bytes), settled[6], settled[7])
  elseif has_it and #redis.call('XRANGE', own .. ':' .. class, place, place) == 1 then
    redis.call('HSET', own .. ':retries', FIELD[class] .. key, place .. ' ' .. settled[6] .. ' ' .. settled[7] .. ' ' .. settled[8])
    book.retries = true
  end
end
books.close()
if delivered then redis.call('HSET', notes, 'lastDeliveredAt', now) end
if not has_it then return 0 end
for _, attempt in ipairs(cjson.decode(ARGV[6])) do
  redis.call('XADD', own .. ':attempts', 'MAXLEN', '~', ARGV[7], '*', 'a', attempt)
end
redis.call('HSET', notes, 'heard', now)
if ARGV[9] ~= '' then redis.call('HSET', notes, 'perSecond', ARGV[9], 'perSecondAt', now) end
return 1
