-- Takes the right to catch up; nothing comes of it where somebody has it, or just made use of it.
--
-- KEYS[1]  prefix of the namespace's keys
-- ARGV[1]  token of the lock
-- ARGV[2]  milliseconds until it runs out
--
-- Gives the lifetime of the server, run_id:master_replid, or false.

local prefix, call = KEYS[1], redis.call
local run_id = string.match(call('INFO', 'server'), 'run_id:(%x+)')
local replid = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
local lifetime = run_id .. ':' .. replid
local mark = call('GET', prefix .. 'mark')
-- Looked at once more: between a lane's question and this one the index may have been caught up.
if mark and string.sub(mark, 1, #lifetime + 1) == lifetime .. ':' then return false end
return call('SET', prefix .. 'lock', ARGV[1], 'NX', 'PX', ARGV[2]) and lifetime
