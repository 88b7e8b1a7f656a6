--[[
backlog-books: what the scripts on backlogs share. What waits is written and ended here and nowhere else, and counted in the same breath, for the subscriber and for
all together, so that at any instant accepted = waiting + delivered + coalesced + expired + dropped + dead.

Of a subscriber, behind the prefix and its id:
  :history :state  streams of what waits, in order of arrival, each in one text, since every other costs all who read it more than its length: n a JSON array of texts (id, kind, key,
                   when it happened, when it expires, which may be empty, and of bodies that are passed on the content type), a line feed, the data
  :keys            hash: how many wait of a key; its name stands behind h (history) or s (state)
  :states          hash `kind NUL key` -> `AT PLACE BYTES` of the newest state that was accepted, whether it waits still or not; of keys of which nothing comes any more it is forgotten (forget-states)
  :retries         hash, named as in :keys -> `PLACE TRIES SINCE AT` of the first of a key that has failed
  :dead            stream of what was given up: as above, and w cause, r tries, g when
  :attempts        stream of the last tries
  :notes           hash: the counts, `waiting:CLASS`, `bytes`, `last` (the last place given), `drain` and `heard` (who drains, and its last sign), `quiet` (what arrives asks for no look), and how it stands
--]]
local FIELD = { history = 'h', state = 's' }
-- Of an entry besides its text, about.
local ENTRY_BYTES = 64

-- The sorted set of those for whom something waits: rank (0 low, 1 standard, 2 critical) times this, and since when, milliseconds.
local RANK = 1e13

local function text_of(id, kind, key, at, expires, data, content_type)
  local head = { id, kind, key, at, expires }
  if content_type ~= '' then head[6] = content_type end
  return cjson.encode(head) .. '\n' .. data
end

-- All but the data.
local function head_of(text)
  return cjson.decode(string.match(text, '^[^\n]*'))
end

local function bytes_of(text)
  return #text + ENTRY_BYTES
end

local function open_books(prefix, totals, holders)
  local open = {}
  local books = { bytes = tonumber(redis.call('HGET', totals, 'bytes')) or 0 }

  local function count(book, what, by)
    book.changes[what] = (book.changes[what] or 0) + by
  end

  function books.of(subscriber)
    local book = open[subscriber]
    if not book then
      local own = prefix .. subscriber
      local held = redis.call('HMGET', own .. ':notes', 'waiting:history', 'waiting:state', 'bytes', 'last', 'quiet', 'accepted')
      book = { subscriber = subscriber, own = own, changes = {}, history = tonumber(held[1]) or 0, state = tonumber(held[2]) or 0, bytes = tonumber(held[3]) or 0, last = held[4] or '0-0', quiet = held[5], is_new = not held[6] }
      book.before, book.place_before = book.history + book.state, book.last
      open[subscriber] = book
    end
    return book
  end

  local function add(book, class, by, bytes)
    book[class] = book[class] + by
    book.bytes = book.bytes + bytes
    books.bytes = books.bytes + bytes
    count(book, 'waiting:' .. class, by)
    count(book, 'bytes', bytes)
  end

  -- Later than any before, whatever the clock says.
  local function next_place(book, now)
    local moment, number = string.match(book.last, '^(%d+)-(%d+)$')
    if tonumber(now) > tonumber(moment) then
      book.last = now .. '-0'
    else
      book.last = moment .. '-' .. string.format('%.0f', tonumber(number) + 1)
    end
    return book.last
  end

  function books.count(book, what)
    count(book, what, 1)
  end

  function books.uncount(book, what)
    count(book, what, -1)
  end

  -- `content_type` may be empty. A state takes the place of an older one that waits; false when a newer one is known.
  function books.wait(book, now, class, id, kind, key, at, expires, data, content_type)
    local own, field = book.own, FIELD[class] .. key
    local text = text_of(id, kind, key, at, expires, data, content_type)
    local bytes = bytes_of(text)
    local name = kind .. '\0' .. key
    local known = class == 'state' and redis.call('HGET', own .. ':states', name)
    if known then
      local known_at, known_place, known_bytes = string.match(known, '^(%d+) (%S+) (%d+)$')
      if tonumber(known_at) > tonumber(at) then return false end
      books.finish(book, class, known_place, key, tonumber(known_bytes), 'coalesced')
    end
    local place = next_place(book, now)
    redis.call('XADD', own .. ':' .. class, place, 'n', text)
    redis.call('HINCRBY', own .. ':keys', field, 1)
    if class == 'state' then redis.call('HSET', own .. ':states', name, at .. ' ' .. place .. ' ' .. bytes) end
    add(book, class, 1, bytes)
    return true
  end

  -- A key whose first had failed: what is noted of that goes with it.
  local function forget_retry(book, field, place)
    if book.retries == nil then book.retries = redis.call('EXISTS', book.own .. ':retries') == 1 end
    if not book.retries then return end
    local retry = redis.call('HGET', book.own .. ':retries', field)
    if retry and string.match(retry, '^%S+') == place then redis.call('HDEL', book.own .. ':retries', field) end
  end

  -- These end as `how` says, `ended` having place, key and bytes of each behind one another; false when all had ended before. What they have in common is written once.
  function books.finish_all(book, class, ended, how)
    local own, number, sum = book.own, 0, 0
    local fields, ended_of = {}, {}
    for at = 1, #ended, 3 do
      local place = ended[at]
      if redis.call('XDEL', own .. ':' .. class, place) == 1 then
        local field = FIELD[class] .. ended[at + 1]
        if not ended_of[field] then
          fields[#fields + 1] = field
          ended_of[field] = 0
        end
        ended_of[field] = ended_of[field] + 1
        number, sum = number + 1, sum + ended[at + 2]
        forget_retry(book, field, place)
      end
    end
    if number == 0 then return false end
    local gone, left = {}, {}
    for position, waiting in ipairs(redis.call('HMGET', own .. ':keys', unpack(fields))) do
      local field = fields[position]
      local rest = (tonumber(waiting) or 0) - ended_of[field]
      if rest <= 0 then
        gone[#gone + 1] = field
      else
        left[#left + 1] = field
        left[#left + 1] = rest
      end
    end
    if #gone > 0 then redis.call('HDEL', own .. ':keys', unpack(gone)) end
    if #left > 0 then redis.call('HSET', own .. ':keys', unpack(left)) end
    add(book, class, -number, -sum)
    book.changes[how] = (book.changes[how] or 0) + number
    return true
  end

  function books.finish(book, class, place, key, bytes, how)
    return books.finish_all(book, class, { place, key, bytes }, how)
  end

  -- Something waits for it, since now at the latest.
  function books.hold(book, rank, now)
    redis.call('ZADD', holders, 'NX', tonumber(rank) * RANK + tonumber(now), book.subscriber)
  end

  -- It is to be looked at, unless nothing may be sent to it.
  function books.ask(book, due, now)
    if not book.quiet then redis.call('ZADD', due, 'LT', now, book.subscriber) end
  end

  -- The one that is worth the least: a state, which can be asked for again, before history; the oldest. False when nothing waits.
  function books.drop(book)
    for _, class in ipairs({ 'state', 'history' }) do
      local first = redis.call('XRANGE', book.own .. ':' .. class, '-', '+', 'COUNT', 1)[1]
      if first then
        local text = first[2][2]
        return books.finish(book, class, first[1], head_of(text)[3], bytes_of(text), 'dropped')
      end
    end
    return false
  end

  -- Milliseconds of the place that waits longest; nil when nothing waits.
  function books.oldest(book)
    local oldest
    for _, class in ipairs({ 'state', 'history' }) do
      local first = redis.call('XRANGE', book.own .. ':' .. class, '-', '+', 'COUNT', 1)[1]
      local moment = first and tonumber(string.match(first[1], '^%d+'))
      if moment and (not oldest or moment < oldest) then oldest = moment end
    end
    return oldest
  end

  function books.close()
    local sums = {}
    for _, book in pairs(open) do
      for what, by in pairs(book.changes) do
        if by ~= 0 then redis.call('HINCRBY', book.own .. ':notes', what, by) end
        local all = string.match(what, '^waiting') and 'waiting' or what
        sums[all] = (sums[all] or 0) + by
      end
      if book.last ~= book.place_before then redis.call('HSET', book.own .. ':notes', 'last', book.last) end
      if book.before > 0 and book.history + book.state == 0 then redis.call('ZREM', holders, book.subscriber) end
    end
    for what, by in pairs(sums) do
      if by ~= 0 then redis.call('HINCRBY', totals, what, by) end
    end
  end

  return books
end
