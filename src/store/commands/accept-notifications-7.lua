--[[
accept-notifications: puts notifications where they wait, in the order given; each is accepted once. What exceeds a bound is dropped: of a subscriber the one that is worth the
least, between subscribers that of who is worth the least and has waited longest.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] hash of the counts of all subscribers
KEYS[3] sorted set of the subscribers for whom something waits: rank (0 low, 1 standard, 2 critical) times 10^13, and since when, about
KEYS[4] sorted set of the subscribers to be looked at, by when
KEYS[5] set of the subscribers for whom anything is known
KEYS[6] prefix of the notes that an id was accepted, without the id
KEYS[7] stream of what is owed

ARGV[1] now, milliseconds since 1970
ARGV[2] how many bytes may wait in all; 0: any number
ARGV[3] how long it is remembered that an id was accepted, seconds
ARGV[4] places of what is owed and hereby given, a JSON array of texts: all of it must still be owed
ARGV[5] the notifications, a JSON array of arrays of texts, since arguments by themselves cost the client more than their contents:
  1 subscriber   2 its rank   3 class   4 id   5 kind   6 key   7 when it happened   8 when it expires (may be empty)   9 data
  10 content type (may be empty)   11 `1` when it may come again   12 how many may wait for the subscriber   13 and how many bytes; 0: any number

Returns for each 1 when it was accepted, 0 when it was accepted before, 2 when a newer state was known; nothing when something is not owed any more, and nothing was done
--]]
local now = ARGV[1]
-- A bound that was lowered by much is reached over several calls.
local DROPPED_AT_ONCE = 500

local owed = cjson.decode(ARGV[4])
for _, place in ipairs(owed) do
  if #redis.call('XRANGE', KEYS[7], place, place) == 0 then return false end
end
if #owed > 0 then redis.call('XDEL', KEYS[7], unpack(owed)) end

local books = open_books(KEYS[1], KEYS[2], KEYS[3])
local touched, results = {}, {}

local function keep_bound_of_all()
  local most = tonumber(ARGV[2])
  local dropped = 0
  while most > 0 and books.bytes > most and dropped < DROPPED_AT_ONCE do
    local least = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
    if not least[1] then return end
    local book, score = books.of(least[1]), tonumber(least[2])
    local oldest = books.oldest(book)
    local rank = math.floor(score / RANK)
    if not oldest then
      redis.call('ZREM', KEYS[3], least[1])
    elseif rank * RANK + oldest > score then
      -- What it was put down for has ended meanwhile.
      redis.call('ZADD', KEYS[3], rank * RANK + oldest, least[1])
    else
      books.drop(book)
      dropped = dropped + 1
    end
  end
end

local function accept(arrival)
  local subscriber, rank, class, id, kind, key, at, expires, data, content_type, may_repeat = unpack(arrival, 1, 11)
  if may_repeat == '1' and not redis.call('SET', KEYS[6] .. id, '', 'NX', 'EX', ARGV[3]) then return 0 end
  local book = books.of(subscriber)
  touched[subscriber] = book
  books.count(book, 'accepted')
  if not books.wait(book, now, class, id, kind, key, at, expires, data, content_type) then
    books.count(book, 'coalesced')
    return 2
  end
  books.hold(book, rank, now)
  local most, most_bytes, dropped = tonumber(arrival[12]), tonumber(arrival[13]), 0
  while dropped < DROPPED_AT_ONCE and ((most > 0 and book.history + book.state > most) or (most_bytes > 0 and book.bytes > most_bytes)) do
    books.drop(book)
    dropped = dropped + 1
  end
  return 1
end

for position, arrival in ipairs(cjson.decode(ARGV[5])) do
  results[position] = accept(arrival)
end
keep_bound_of_all()
books.close()
for subscriber, book in pairs(touched) do
  if book.is_new then redis.call('SADD', KEYS[5], subscriber) end
  books.ask(book, KEYS[4], now)
end
return results
