--[[
compose-message: notes what a receiver was told or is to be told, and puts down the message that it is told by.

KEYS[1] hash: what is noted of each receiver
KEYS[2] hash of the messages that are on their way

ARGV[1] the receiver
ARGV[2] what must be noted of it; empty: nothing
ARGV[3] what is noted now; empty: nothing any more
ARGV[4] id of the message; empty: there is none
ARGV[5] the message

Returns 1, or 0 when another was faster: nothing was written
--]]
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 0
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
end
return 1
