-- Gives up the claim of a record that will never be emitted.
--
-- KEYS[1]  prefix of the namespace's keys
-- ARGV[1]  mark that the lane knows
-- ARGV[2]  number of buckets
-- ARGV[3]  the paper: 16 bytes wording id, 10 bytes owner (partition u16, offset u64, big-endian)
--
-- Gives "OK", or "STALE", and then nothing was written. A wording of another owner stays, one that
-- was read from unique (restore.lua), and one whose lane has passed it: that was emitted.

local prefix, mark, call, sub = KEYS[1], ARGV[1], redis.call, string.sub
local run_id = string.match(call('INFO', 'server'), 'run_id:(%x+)')
local replid = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
local lifetime = run_id .. ':' .. replid .. ':'
if sub(mark, 1, #lifetime) ~= lifetime or call('GET', prefix .. 'mark') ~= mark then
  return 'STALE'
end

local paper = ARGV[3]
local lane = string.format('%.0f', (struct.unpack('>I2', paper, 17)))
local high, low = struct.unpack('>I4I4', paper, 19)
local committed = tonumber(call('HGET', prefix .. 'committed', lane) or '0')
if high * 4294967296 + low < committed then return 'OK' end

local number = (struct.unpack('>I4', paper)) % tonumber(ARGV[2])
local bucket = prefix .. 'r' .. string.format('%.0f', number)
local entry = sub(paper, 9, 16) .. sub(paper, 17, 26)
for _, field in ipairs({sub(paper, 1, 8), sub(paper, 1, 16)}) do
  if call('HGET', bucket, field) == entry then call('HDEL', bucket, field) end
end
return 'OK'
