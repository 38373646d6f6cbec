-- Looks up what stands on unique; writes nothing, and asks for no mark.
--
-- ARGV[1]  number of buckets of records
-- ARGV[2]  papers, as restore.lua takes them
--
-- Gives for each paper {its record or false, the record of its paper id or false, how many keys of its
-- signature lead nowhere}.

local SIZE = 177
local buckets = tonumber(ARGV[1])

local function leads_nowhere(signature)
  local missing = 0
  for number = 0, 10 do
    local place, rest = key_place(signature, number, buckets)
    if place and call('HEXISTS', place, rest) == 0 then missing = missing + 1 end
  end
  return missing
end

local found = {}
for at = 1, #ARGV[2], SIZE do
  local paper = sub(ARGV[2], at, at + SIZE - 1)
  local record, first = find(sub(paper, 1, 16), buckets), find(sub(paper, 161, 176), buckets)
  found[#found + 1] = {record, first, leads_nowhere(sub(paper, 27, 160))}
end
return found
