--[[
hold-backlog: a sign of life of the drain that has a backlog.

KEYS[1] hash of notes of the subscriber

ARGV[1] the drain
ARGV[2] now, milliseconds since 1970

Returns 1, or 0 when another has it
--]]
-- What is read must not wait for the disk at each page.
local EVERY_MS = 500

local noted = redis.call('HMGET', KEYS[1], 'drain', 'heard')
if noted[1] ~= ARGV[1] then return 0 end
if not noted[2] or math.abs(tonumber(ARGV[2]) - tonumber(noted[2])) >= EVERY_MS then redis.call('HSET', KEYS[1], 'heard', ARGV[2]) end
return 1
