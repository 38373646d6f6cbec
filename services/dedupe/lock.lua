-- Takes the right to catch up; nothing comes of it where somebody has it, or just made use of it.
--
-- ARGV[1]  token of the lock
-- ARGV[2]  milliseconds until it runs out
--
-- Gives the lifetime of the server, run_id:master_replid, or false.

local now = lifetime()
local mark = call('GET', prefix .. 'mark')
-- Looked at once more: between a lane's question and this one the index may have been caught up.
if mark and sub(mark, 1, #now + 1) == now .. ':' then return false end
return call('SET', prefix .. 'lock', ARGV[1], 'NX', 'PX', ARGV[2]) and now
