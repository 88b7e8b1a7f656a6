--[[
redrive-letters: puts dead letters back where they wait, behind what waits there. A state of which a newer one was accepted ends as coalesced.
library: backlog-books

KEYS[1] prefix of what belongs to a subscriber, without its id
KEYS[2] hash of the counts of all subscribers
KEYS[3] sorted set of the subscribers for whom something waits
KEYS[4] sorted set of the subscribers to be looked at, by when

ARGV[1] subscriber
ARGV[2] now, milliseconds since 1970
ARGV[3] places of the letters, a JSON array of texts
ARGV[4] rank of the subscriber

Returns how many wait again, and how many were coalesced
--]]
local now = ARGV[2]
local own = KEYS[1] .. ARGV[1]
local books = open_books(KEYS[1], KEYS[2], KEYS[3])
local book = books.of(ARGV[1])
local redriven, coalesced = 0, 0
for _, place in ipairs(cjson.decode(ARGV[3])) do
  local found = redis.call('XRANGE', own .. ':dead', place, place)[1]
  if found then
    local letter = {}
    for at = 1, #found[2], 2 do letter[found[2][at]] = found[2][at + 1] end
    redis.call('XDEL', own .. ':dead', place)
    books.uncount(book, 'dead')
    local id, kind, key, at, expires, content_type = unpack(head_of(letter.n), 1, 6)
    local data = string.sub(letter.n, string.find(letter.n, '\n', 1, true) + 1)
    if books.wait(book, now, letter.s, id, kind, key, at, expires, data, content_type or '') then
      redriven = redriven + 1
    else
      books.count(book, 'coalesced')
      coalesced = coalesced + 1
    end
  end
end
books.close()
if redriven > 0 then
  books.hold(book, ARGV[4], now)
  books.ask(book, KEYS[4], now)
end
return { redriven, coalesced }
