-- One step of a catch-up: gives papers back their owners, under the lock of who catches up.
-- The top bit of an owner's offset says that its record was read from unique, so that it is never
-- emitted again, wherever its lane begins.
--
-- KEYS[1]  prefix of the namespace's keys
-- ARGV[1]  token of the lock
-- ARGV[2]  lifetime of the server that the lock was taken in: run_id:master_replid
-- ARGV[3]  milliseconds that the lock is renewed for
-- ARGV[4]  number of buckets
-- ARGV[5]  papers: 16 bytes wording id, 10 bytes owner (partition u16, offset u64, big-endian)
-- ARGV[6]  the new mark if this is the last step, else empty
-- ARGV[7]  what the namespace is bound to
-- ARGV[8+] partition of unique, offset up to which it is caught up; pairs
--
-- Gives "OK", or "STALE", and then nothing was written.

local prefix, call, sub = KEYS[1], redis.call, string.sub
local run_id = string.match(call('INFO', 'server'), 'run_id:(%x+)')
local replid = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
if call('GET', prefix .. 'lock') ~= ARGV[1] or run_id .. ':' .. replid ~= ARGV[2] then
  return 'STALE'
end

local buckets, papers = tonumber(ARGV[4]), ARGV[5]
for at = 1, #papers, 26 do
  local bucket = prefix .. 'r' .. string.format('%.0f', (struct.unpack('>I4', papers, at)) % buckets)
  local field, rest = sub(papers, at, at + 7), sub(papers, at + 8, at + 15)
  local claim = rest .. sub(papers, at + 16, at + 25)
  local entry = sub(claim, 1, 10) .. string.char(string.byte(claim, 11) + 128) .. sub(claim, 12)
  local known = call('HGET', bucket, field)
  if known and sub(known, 1, 8) ~= rest then
    field = sub(papers, at, at + 15)
    known = call('HGET', bucket, field)
  end
  -- Another's stays: a claim that survived was made before its record was appended.
  if not known or known == claim then call('HSET', bucket, field, entry) end
end
for i = 8, #ARGV, 2 do
  call('HSET', prefix .. 'checkpoint', ARGV[i], ARGV[i + 1])
end

if ARGV[6] == '' then
  call('PEXPIRE', prefix .. 'lock', ARGV[3])
else
  call('SET', prefix .. 'binding', ARGV[7])
  call('SET', prefix .. 'mark', ARGV[6])
  call('DEL', prefix .. 'lock')
end
return 'OK'
