-- Gives up the claim of a record that will never be emitted.
--
-- ARGV[1]  mark that the lane knows
-- ARGV[2]  number of buckets of records
-- ARGV[3]  16 bytes wording id, 10 bytes owner
--
-- Gives "OK", or "STALE", and then nothing was written. A wording of another owner stays, one that
-- was read from unique, and one whose lane has passed it: that was emitted.

if not is_current(ARGV[1]) then return 'STALE' end

local buckets = tonumber(ARGV[2])
local id, owner = sub(ARGV[3], 1, 16), sub(ARGV[3], 17, 26)
local record, bucket, field = find(id, buckets)
if not record or owner_of(record) ~= owner or offset_of(owner) < committed_of(lane_of(owner)) then
  return 'OK'
end
if #record == PAPER and revision_of(record) > 0 then
  -- What was given up is the takedown of a paper that is out.
  call('HSET', bucket, field, marked_out(record))
  return 'OK'
end
call('HDEL', bucket, field)
count(record, -1)
count_added()
if #record == REVISION then
  -- The paper waits for nobody: its earlier words are out. It has those of the revision, and whether they were
  -- more than its own is not known any more: the next abstract counts as more.
  local paper, paper_bucket, paper_field = find(sub(record, 19, 34), buckets)
  if paper and owner_of(paper) == owner then
    local facts = string.byte(paper, 63)
    if facts % (2 * HAS_ABSTRACT) >= HAS_ABSTRACT then facts = facts - HAS_ABSTRACT end
    paper = sub(paper, 1, 62) .. string.char(facts) .. sub(paper, 64)
    call('HSET', paper_bucket, paper_field, marked_out(paper))
  end
end
return 'OK'
