-- For wrk: sends each of the prepared requests once, looks into every answer, and prints what came of it as JSON.
-- wrk ... -s webhook-load.lua URL -- FILE, of which each request has its length before it, six digits (webhook-requests.ts).

local requests, sent = {}, 0
local threads = {}
wrong = 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  local file = assert(io.open(arguments[1], 'rb'))
  local length = file:read(6)
  while length do
    requests[#requests + 1] = file:read(tonumber(length))
    length = file:read(6)
  end
  file:close()
end

function request()
  sent = sent + 1
  -- The server was quicker than was prepared for: the time ends here.
  if sent >= #requests then wrk.thread:stop() end
  return requests[math.min(sent, #requests)]
end

function response(status, _, body)
  if status ~= 200 or not string.find(body, '<Dial', 1, true) then wrong = wrong + 1 end
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do failed = failed + thread:get('wrong') end
  -- Microseconds, as wrk has them.
  io.write(string.format('{"rps":%f,"p50":%f,"p99":%f,"wrong":%d}\n', summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
