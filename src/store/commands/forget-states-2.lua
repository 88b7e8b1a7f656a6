--[[
forget-states: forgets which state was the newest, where nothing has changed since it was read and that state waits no more.

KEYS[1] hash of the newest states of a subscriber (see lib/backlog-books.lua)
KEYS[2] stream of its states that wait

ARGV[1..] names in the hash, each followed by what was read of it, `AT PLACE BYTES`

Returns how many were forgotten
--]]
local forgotten = 0
for at = 1, #ARGV, 2 do
  local name, read = ARGV[at], ARGV[at + 1]
  local place = string.match(read, '^%d+ (%S+)')
  if redis.call('HGET', KEYS[1], name) == read and #redis.call('XRANGE', KEYS[2], place, place) == 0 then
    redis.call('HDEL', KEYS[1], name)
    forgotten = forgotten + 1
  end
end
return forgotten
