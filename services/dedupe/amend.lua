-- Takes a paper down, or brings it back, as the next revision of it; one atomic step.
--
-- ARGV[1]  mark that the lane knows
-- ARGV[2]  number of buckets of records
-- ARGV[3]  16 bytes wording id, 10 bytes owner, 134 bytes signature (signature.py)
-- ARGV[4]  16 bytes paper id
-- ARGV[5]  revision of the paper that this one follows
--
-- Gives {"STALE"}, and then nothing was written, or {"OK", an answer of claim.lua}: R for the revision, D
-- where the paper has gone on since or this came again after it was out. Without an answer it must wait
-- until the revision that it follows is committed.

if not is_current(ARGV[1]) then return {'STALE'} end

local buckets, follows, paper = tonumber(ARGV[2]), tonumber(ARGV[5]), ARGV[4]
local id, owner, signature = sub(ARGV[3], 1, 16), sub(ARGV[3], 17, 26), sub(ARGV[3], 27)

local function answer(letter, revision) return {'OK', letter .. paper .. string.char(128, revision)} end

local first, bucket, field = find(paper, buckets)
local known, its_bucket, its_field = find(id, buckets)
if not first or #first ~= PAPER or (id ~= paper and known and #known == PAPER) then
  return answer('D', 0)
end

local other = owner_of(first)
local is_out_by_now = is_out(other) or offset_of(other) < committed_of(lane_of(other))
if other == owner and not is_out_by_now then return answer('R', revision_of(first)) end
if other == owner or revision_of(first) ~= follows or follows + 1 >= FORGOTTEN then return answer('D', 0) end
if not is_out_by_now then return {'OK'} end

local revision = follows + 1
local last = string.char(revision + (says(signature, FORGETS) and FORGOTTEN or 0))
call('HSET', bucket, field, sub(first, 1, 8) .. owner .. sub(signature, 1, 45) .. last)
if id ~= paper then
  if known then count(known, -1) end
  local record = sub(id, 9, 16) .. owner .. paper .. string.char(128, revision)
  call('HSET', its_bucket, its_field, record)
  count(record, 1)
end
for number = 0, 10 do
  local place, rest = key_place(signature, number, buckets)
  if place then call('HSETNX', place, rest, sub(paper, 1, 8)) end
end
count_added()
return answer('R', revision)
