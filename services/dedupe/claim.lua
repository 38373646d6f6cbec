-- Claims papers for the lane that asks, and takes its reports; one atomic step.
--
-- ARGV[1]  mark that the lane knows
-- ARGV[2]  the lane: its input partition
-- ARGV[3]  the lane's committed offset
-- ARGV[4]  number of buckets of records
-- ARGV[5]  1 if a wording that brings more is emitted as a revision, 0 if it is an alias
-- ARGV[6]  papers: 16 bytes wording id, 10 bytes owner, 134 bytes signature (signature.py)
-- ARGV[7+] partition of unique, one more than its highest acknowledged offset; pairs
--
-- Gives {"STALE"}, and then nothing was written, or {"OK", {an answer for each paper}}. An answer is a
-- letter (N new, O new and owned by this very record, D seen before, A an alias, R a revision; small where
-- the paper is forgotten), the paper id, how many of the 128 codes agree, the revision, and for N and O up to
-- three related papers: the paper id and how many codes agree, each. Fewer answers than papers: the next one
-- must wait for another lane, and neither it nor anything after it is claimed.

local SIZE, TITLE, ARXIV, DOI = 160, 8, 9, 10

-- Estimated Jaccard similarities s as agreeing codes of n: n * (1/4 + 3/4 s), rounded up. Two codes less where
-- papers merge: the estimate's deviation is three, and every eighth pair at 0.93 would be missed.
local TEXTS_09, TEXTS_08, TEXTS_07, TEXTS_05 = 117, 107, 98, 80
-- Bits in common of all bits of two titles; words that share a bit by chance make it a little more than the
-- similarity of the words, 0.45.
local TITLES_ALIKE = 0.5
-- Seven bits hold a revision; the rest is for takedowns.
local MOST_REVISIONS = 100

if not is_current(ARGV[1]) then return {'STALE'} end

local function keep_maximum(key, field, value)
  local known = tonumber(call('HGET', key, field) or '-1')
  if value > known then call('HSET', key, field, text(value)) end
  return math.max(value, known)
end

for i = 7, #ARGV, 2 do keep_maximum(prefix .. 'checkpoint', ARGV[i], tonumber(ARGV[i + 1])) end
local lane, buckets, revises = ARGV[2], tonumber(ARGV[4]), ARGV[5] == '1'
local committed = {[lane] = keep_maximum(prefix .. 'committed', lane, tonumber(ARGV[3]))}

local function is_committed(owner)
  local other = lane_of(owner)
  if not committed[other] then committed[other] = committed_of(other) end
  return is_out(owner) or offset_of(owner) < committed[other]
end

-- Whether an earlier life of this lane claimed a paper, or its revision, further on. A record is claimed only
-- after all before it: what this one was a copy of was given up since.
local function comes_later(record, owner)
  local other = owner_of(record)
  return lane_of(other) == lane and offset_of(other) > offset_of(owner)
    and not is_committed(other) and not is_committed(owner)
end

local function is_revised(record) return string.byte(record, 64) > 0 end

-- Whether a paper can no longer become another's: it is committed, or is with me or before me. Likeness is
-- not transitive: if it went to a third paper after all, nobody would stand for mine. One that is revised
-- is out, and to wait for what comes after me would be for ever.
local function is_settled(record, owner)
  local other = owner_of(record)
  return is_committed(other) or (lane_of(other) == lane and offset_of(other) < offset_of(owner))
    or (is_revised(record) and comes_later(record, owner))
end

-- Whether a near copy that its own record claims again has lost its paper: that was given up.
local function is_orphan(record, owner)
  if #record ~= ALIAS or owner_of(record) ~= owner or is_committed(owner) then return false end
  local paper = find(sub(record, 19, 34), buckets)
  return not (paper and #paper == PAPER and (is_revised(paper) or is_settled(paper, owner)))
end

local function ones(bits)
  bits = bits - bit.band(bit.rshift(bits, 1), 0x55555555)
  bits = bit.band(bits, 0x33333333) + bit.band(bit.rshift(bits, 2), 0x33333333)
  bits = bit.band(bits + bit.rshift(bits, 4), 0x0f0f0f0f)
  bits = bits + bit.rshift(bits, 8)
  return bit.band(bits + bit.rshift(bits, 16), 0x3f)
end

local function agreeing(left, right)
  local differing = 0
  for at = 1, #left, 4 do
    local bits = bit.bxor((unpack('<I4', left, at)), (unpack('<I4', right, at)))
    differing = differing + ones(bit.band(bit.bor(bits, bit.rshift(bits, 1)), 0x55555555))
  end
  return 4 * #left - differing
end

-- How alike the words of two titles are, and whether all of the first one's are in the second; the twelfth
-- byte is of their numbers.
local function compared(left, right)
  local common, either, contained = 0, 0, true
  for at = 1, 9, 4 do
    local a, b = (unpack('<I4', left, at)), (unpack('<I4', right, at))
    if at == 9 then a, b = a % 16777216, b % 16777216 end
    common = common + ones(bit.band(a, b))
    either = either + ones(bit.bor(a, b))
    contained = contained and bit.band(a, bit.bnot(b)) == 0
  end
  return common / math.max(1, either), contained
end

-- Which papers are the same (docs/dedupe.md). A wrong merge loses a paper, a missed one costs a record.
local function is_same(signature, found)
  if found.by_identifier then return true end
  local mine, theirs = string.byte(signature, 45), string.byte(found.record, 63)
  local few, many = mine % 32, theirs % 32
  local fewer, more = sub(signature, 33, 44), sub(found.record, 51, 62)
  if few > many then few, many, fewer, more = many, few, more, fewer end
  if found.by_title and few >= 4 and few == many and fewer == more then return true end
  if mine < LONG or theirs < LONG then return false end
  -- Part one and part two, a sequel, last year's meeting: whatever their texts.
  if few > 0 and sub(fewer, 12) ~= sub(more, 12) then return false end
  if few == 0 then return found.texts >= TEXTS_08 end
  local likeness, contained = compared(fewer, more)
  if found.texts >= TEXTS_09 and likeness >= TITLES_ALIKE then return true end
  return found.texts >= TEXTS_07 and few >= 5 and contained
end

local function is_related(signature, found)
  return found.texts >= TEXTS_05 and not is_forgotten(found.record) and string.byte(signature, 45) >= LONG
    and string.byte(found.record, 63) >= LONG
end

local function brings_more(signature, record)
  local mine, theirs = string.byte(signature, 45), string.byte(record, 63)
  local has, had = mine % TRUNCATED >= HAS_ABSTRACT, theirs % TRUNCATED >= HAS_ABSTRACT
  local cut, was_cut = mine % LONG >= TRUNCATED, theirs % LONG >= TRUNCATED
  return says(signature, REPLACES) or (has and not had) or (has and was_cut and not cut)
end

-- Papers found under the keys of a signature, each once. With `take`, keys without a paper become `id`'s;
-- their numbers are given too, as bits, to be given back.
local function candidates(signature, id, take)
  local found, taken = {}, 0
  for number = 0, DOI do
    local bucket, field = key_place(signature, number, buckets)
    if bucket and take and call('HSETNX', bucket, field, id) == 1 then
      taken = taken + 2 ^ number
    elseif bucket then
      local holder = call('HGET', bucket, field)
      local known = holder and (take or holder ~= id) and (found[holder] or {record = find(holder, buckets)})
      if known and known.record and #known.record == PAPER then
        if not found[holder] then
          known.id = holder .. sub(known.record, 1, 8)
          known.texts = agreeing(sub(signature, 1, 32), sub(known.record, 19, 50))
          found[holder] = known
          found[#found + 1] = known
        end
        known.by_title = known.by_title or number == TITLE
        known.by_identifier = known.by_identifier or number > TITLE
      elseif known and take then
        -- A paper that was given up.
        call('HSET', bucket, field, id)
        taken = taken + 2 ^ number
      end
    end
  end
  return found, taken
end

local function better(left, right)
  if left.by_identifier ~= right.by_identifier then return left.by_identifier end
  if left.texts ~= right.texts then return left.texts > right.texts end
  return left.id < right.id
end

-- The paper that a record is, one that is settled before one that is not; and what is only related.
local function sorted_out(signature, owner, found)
  if #found == 0 then return nil, nil, '' end
  table.sort(found, better)
  local same, waiting, related = nil, nil, ''
  for _, each in ipairs(found) do
    local settled = is_settled(each.record, owner)
    if is_same(signature, each) and not says(signature, STANDS_ALONE) then
      if settled then same = same or each else waiting = waiting or each end
    elseif settled and is_related(signature, each) and #related < 51 then
      related = related .. each.id .. string.char(each.texts)
    end
  end
  return same, waiting, related
end

local function answer(letter, id, texts, revision, related)
  return letter .. id .. string.char(texts) .. string.char(revision) .. (related or '')
end

-- The letter of a copy that is only sighted.
local function copied(letter, paper)
  return paper and #paper == PAPER and is_forgotten(paper) and string.lower(letter) or letter
end

local function seen(record, id, owner, signature)
  local paper, held = id, record
  if #record ~= PAPER then
    paper = sub(record, 19, 34)
    held = find(paper, buckets)
  end
  -- Below what the lane committed, a record comes again only because somebody rewound the group.
  if owner_of(record) ~= owner or is_committed(owner) then
    return answer(copied('D', held), paper, 128, 0)
  end
  if #record == ALIAS then return answer(copied('A', held), paper, string.byte(record, 35), 0) end
  if #record == REVISION then
    return answer('R', paper, string.byte(record, 35), revision_of(record))
  end
  local _, _, related = sorted_out(signature, owner, (candidates(signature, sub(id, 1, 8), false)))
  return answer('O', paper, 128, 0, related)
end

local function add(bucket, field, record)
  call('HSET', bucket, field, record)
  count(record, 1)
end

local function drop(id)
  local record, bucket, field = find(id, buckets)
  call('HDEL', bucket, field)
  count(record, -1)
end

-- Drops the claims of the same paper that come later in this lane, which makes them again when it gets
-- there, and tells whether there were any.
local function supersedes(signature, owner, found)
  local any = false
  for _, each in ipairs(found) do
    if comes_later(each.record, owner) and not is_revised(each.record) and is_same(signature, each) then
      drop(each.id)
      any = true
    end
  end
  return any
end

local function each_taken(signature, taken, change)
  for number = 0, DOI do
    if bit.band(taken, 2 ^ number) > 0 then change(key_place(signature, number, buckets)) end
  end
end

local function give_back(signature, taken)
  each_taken(signature, taken, function(bucket, field) call('HDEL', bucket, field) end)
end

local function claim(id, owner, signature)
  local record, bucket, field = find(id, buckets)
  local splits = record and #record == ALIAS and says(signature, STANDS_ALONE)
  if splits or (record and is_orphan(record, owner)) then
    drop(id)
  elseif record then
    return seen(record, id, owner, signature)
  end
  local start = sub(id, 9, 16) .. owner
  local found, taken = candidates(signature, sub(id, 1, 8), true)
  if supersedes(signature, owner, found) then
    found, taken = candidates(signature, sub(id, 1, 8), true)
  end
  local same, waiting, related = sorted_out(signature, owner, found)
  if not (same or waiting) then
    add(bucket, field, start .. sub(signature, 1, 45) .. '\0')
    return answer('N', id, 128, 0, related)
  end
  local is_revision = same and revises and brings_more(signature, same.record)
    and not is_forgotten(same.record) and revision_of(same.record) < MOST_REVISIONS
    and not comes_later(same.record, owner)
  if not same or (is_revision and not is_committed(owner_of(same.record))) then
    give_back(signature, taken)
    return nil
  end
  local short, texts = sub(same.id, 1, 8), string.char(same.texts)
  if not is_revision then
    give_back(signature, taken)
    for number = ARXIV, DOI do
      local place, rest = key_place(signature, number, buckets)
      if place then call('HSETNX', place, rest, short) end
    end
    add(bucket, field, start .. same.id .. texts)
    return answer(copied('A', same.record), same.id, same.texts, 0)
  end
  each_taken(signature, taken, function(bucket, field) call('HSET', bucket, field, short) end)
  local revision = revision_of(same.record) + 1
  add(bucket, field, start .. same.id .. texts .. string.char(revision))
  -- The paper is found by its latest words, and waits for their owner.
  local _, paper_bucket, paper_field = find(same.id, buckets)
  call('HSET', paper_bucket, paper_field,
    sub(same.record, 1, 8) .. owner .. sub(signature, 1, 45) .. string.char(revision))
  return answer('R', same.id, same.texts, revision)
end

local answers = {}
for at = 1, #ARGV[6], SIZE do
  local given = claim(unpack('c16c10c134', ARGV[6], at))
  if not given then break end
  answers[#answers + 1] = given
end
count_added()
return {'OK', answers}
