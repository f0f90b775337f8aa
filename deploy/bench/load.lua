-- What wrk asks: the addresses of the file named in ADDRESSES, one after the other, with the header TAG if given.
local addresses, number = {}, 0
for line in io.lines(os.getenv("ADDRESSES")) do addresses[#addresses + 1] = line end
local headers = {}
if os.getenv("TAG") then headers["If-None-Match"] = os.getenv("TAG") end

function init(arguments)
  -- Every thread begins elsewhere.
  number = math.random(#addresses)
end

function request()
  number = number % #addresses + 1
  return wrk.format("GET", addresses[number], headers)
end

function done(summary, latency, requests)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  print(string.format('{"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p95": %d, "p99": %d}',
    summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
