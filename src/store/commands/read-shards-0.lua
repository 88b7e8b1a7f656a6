--[[
read-shards: gives each hash as one text, which a client takes apart several times faster than a reply of as many parts.

KEYS[1..] the hashes

Returns for each hash how many parts its text has, and the text: field and value in turn, with a line feed after each.
--]]
local texts = {}
for _, key in ipairs(KEYS) do
  local parts = redis.call('HGETALL', key)
  texts[#texts + 1] = #parts
  parts[#parts + 1] = ''
  texts[#texts + 1] = table.concat(parts, '\n')
end
return texts
