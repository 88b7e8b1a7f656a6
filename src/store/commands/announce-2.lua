--[[
announce: puts down what is to be told, once, however many see it.

KEYS[1] hash: of each origin of announcements, how far it has come
KEYS[2] stream of announcements

ARGV[1] the origin
ARGV[2] how far it must have come; empty: it is not known
ARGV[3] how far it has come now
ARGV[4] so many announcements are kept, about
ARGV[5..] the announcements

Returns 1, or 0 when another was faster: nothing was written
--]]
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
for at = 5, #ARGV do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'a', ARGV[at])
end
return 1
