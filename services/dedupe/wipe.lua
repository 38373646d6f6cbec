-- One step towards a new lineage: drops a part of what the index holds, under the lock.
--
-- ARGV[1]  token of the lock
-- ARGV[2]  lifetime of the server that the lock was taken in: run_id:master_replid
-- ARGV[3]  milliseconds that the lock is renewed for
-- ARGV[4]  where the last step ended, 0 for the first
-- ARGV[5]  keys looked at in one step
-- ARGV[6]  the new lineage, written with the last step
--
-- Gives where this step ended, 0 for the last, or "STALE", and then nothing was written.

if not holds_lock(ARGV[1], ARGV[2]) then return 'STALE' end
call('PEXPIRE', prefix .. 'lock', ARGV[3])

local scanned = call('SCAN', ARGV[4], 'MATCH', prefix .. '*', 'COUNT', ARGV[5])
for _, key in ipairs(scanned[2]) do
  if key ~= prefix .. 'lock' and key ~= prefix .. 'binding' then call('UNLINK', key) end
end
-- Last: whoever dies before leaves a lineage that is not Kafka's, and the next one wipes again.
if scanned[1] == '0' then call('SET', prefix .. 'lineage', ARGV[6]) end
return scanned[1]
