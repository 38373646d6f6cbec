-- Claims papers for the lane that asks, and takes its reports; one atomic step.
--
-- KEYS[1]  prefix of the namespace's keys
-- ARGV[1]  mark that the lane knows
-- ARGV[2]  the lane: its input partition
-- ARGV[3]  the lane's committed offset
-- ARGV[4]  number of buckets
-- ARGV[5]  papers: 16 bytes wording id, 10 bytes owner (partition u16, offset u64, big-endian)
-- ARGV[6+] partition of unique, one more than its highest acknowledged offset; pairs
--
-- Gives {"STALE"}, and then nothing was written, or {"OK", a letter for each paper}:
-- N new, O owned by this very record, D seen before. An owner that was read from unique has the top
-- bit of its offset set (restore.lua): it equals no record that asks.

local prefix, mark = KEYS[1], ARGV[1]
local call, sub = redis.call, string.sub

-- run_id alone returns after a failover there and back; the nonce in the mark covers FLUSHALL.
local run_id = string.match(call('INFO', 'server'), 'run_id:(%x+)')
local replid = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
local lifetime = run_id .. ':' .. replid .. ':'
if sub(mark, 1, #lifetime) ~= lifetime or call('GET', prefix .. 'mark') ~= mark then
  return {'STALE'}
end

local function keep_maximum(key, field, value)
  local known = tonumber(call('HGET', key, field) or '-1')
  if value > known then
    call('HSET', key, field, string.format('%.0f', value))
    return value
  end
  return known
end

for i = 6, #ARGV, 2 do
  keep_maximum(prefix .. 'checkpoint', ARGV[i], tonumber(ARGV[i + 1]))
end
local committed = keep_maximum(prefix .. 'committed', ARGV[2], tonumber(ARGV[3]))

local buckets, papers = tonumber(ARGV[4]), ARGV[5]
local verdicts = {}
for at = 1, #papers, 26 do
  local bucket = prefix .. 'r' .. string.format('%.0f', (struct.unpack('>I4', papers, at)) % buckets)
  local field, rest = sub(papers, at, at + 7), sub(papers, at + 8, at + 15)
  local owner = sub(papers, at + 16, at + 25)
  local entry = rest .. owner
  local is_new = call('HSETNX', bucket, field, entry) == 1
  local known = not is_new and call('HGET', bucket, field)
  if known and sub(known, 1, 8) ~= rest then
    -- Another paper has the same first 8 bytes: this one is kept under all 16.
    field = sub(papers, at, at + 15)
    is_new = call('HSETNX', bucket, field, entry) == 1
    known = not is_new and call('HGET', bucket, field)
  end
  local verdict = 'D'
  if is_new then
    verdict = 'N'
  elseif sub(known, 9, 18) == owner then
    local high, low = struct.unpack('>I4I4', owner, 3)
    -- Below what the lane committed, a record comes again only because somebody rewound the group.
    if high * 4294967296 + low >= committed then verdict = 'O' end
  end
  verdicts[#verdicts + 1] = verdict
end
return {'OK', table.concat(verdicts)}
