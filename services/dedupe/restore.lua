-- One step of a catch-up: what was read from unique becomes known, under the lock of who catches up.
--
-- ARGV[1]  token of the lock
-- ARGV[2]  lifetime of the server that the lock was taken in
-- ARGV[3]  milliseconds that the lock is renewed for
-- ARGV[4]  number of buckets of records
-- ARGV[5]  papers: 16 bytes wording id, 10 bytes owner, 134 bytes signature, 16 bytes paper id, 1 revision
-- ARGV[6]  the new mark if this is the last step, else empty
-- ARGV[7]  what the namespace is bound to
-- ARGV[8+] partition of unique, offset up to which it is caught up; pairs
--
-- Gives "OK", or "STALE", and then nothing was written.

if not holds_lock(ARGV[1], ARGV[2]) then return 'STALE' end

local SIZE = 177
local buckets = tonumber(ARGV[4])

-- What is there stays: a claim that survived was made before its record was appended. Only that it is out
-- is noted, with the same owner. What gives way is an earlier revision, and an alias that was split off.
local function keep(id, entry)
  local record, bucket, field = find(id, buckets)
  local gives_way = record and (#record == ALIAS
    or (#record == #entry and revision_of(record) < revision_of(entry)))
  if not record or gives_way then
    if record then count(record, -1) end
    count(entry, 1)
    call('HSET', bucket, field, marked_out(entry))
  elseif owner_of(record) == owner_of(entry) then
    call('HSET', bucket, field, marked_out(record))
  end
end

local function restore(id, owner, signature, paper, revision)
  local forgotten = says(signature, FORGETS) and FORGOTTEN or 0
  -- A paper goes by its latest wording.
  keep(paper, sub(paper, 9, 16) .. owner .. sub(signature, 1, 45) .. string.char(revision + forgotten))
  if paper ~= id then keep(id, sub(id, 9, 16) .. owner .. paper .. '\0' .. string.char(revision)) end
  for number = 0, 10 do
    local place, rest = key_place(signature, number, buckets)
    if place then call('HSETNX', place, rest, sub(paper, 1, 8)) end
  end
end

for at = 1, #ARGV[5], SIZE do
  local paper = sub(ARGV[5], at, at + SIZE - 1)
  restore(sub(paper, 1, 16), sub(paper, 17, 26), sub(paper, 27, 160), sub(paper, 161, 176),
    string.byte(paper, 177))
end
count_added()
for i = 8, #ARGV, 2 do call('HSET', prefix .. 'checkpoint', ARGV[i], ARGV[i + 1]) end

if ARGV[6] == '' then
  call('PEXPIRE', prefix .. 'lock', ARGV[3])
else
  call('SET', prefix .. 'binding', ARGV[7])
  call('SET', prefix .. 'mark', ARGV[6])
  call('DEL', prefix .. 'lock')
end
return 'OK'
