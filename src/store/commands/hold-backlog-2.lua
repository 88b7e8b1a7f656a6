--[[
hold-backlog: a sign of life of the drain that has a backlog.

KEYS[1] hash of notes of the subscriber
KEYS[2] sorted set of the subscribers to be looked at, by when

ARGV[1] subscriber
ARGV[2] the drain
ARGV[3] now, milliseconds since 1970
ARGV[4] when it is looked at again should nothing be heard of the drain, milliseconds since 1970; empty: as it is

Returns 1, or 0 when another has it
--]]
-- What is read must not wait for the disk at each page.
local EVERY_MS = 500

local noted = redis.call('HMGET', KEYS[1], 'drain', 'heard')
if noted[1] ~= ARGV[2] then return 0 end
if not noted[2] or math.abs(tonumber(ARGV[3]) - tonumber(noted[2])) >= EVERY_MS then redis.call('HSET', KEYS[1], 'heard', ARGV[3]) end
if ARGV[4] ~= '' then redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1]) end
return 1
