-- What every script of the index begins with.
--
-- Keys of a namespace, whose prefix is KEYS[1]:
--   mark, lineage, lock, binding   strings
--   checkpoint                     hash: partition of unique -> offset below which all is in here
--   committed                      hash: lane -> offset that it has committed
--   counts                         hash: papers, aliases, revisions -> how many records there are of each
--   r<bucket>                      hash: first 8 bytes of a wording id -> its record; all 16 bytes where
--                                  another wording has the same first 8
--   b<bucket>                      hash: rest of a key of a signature -> first 8 bytes of the paper that
--                                  is found under it
--
-- A record is its wording id's other 8 bytes and its owner (partition u16, offset u64, big-endian), then
--   a paper     64 bytes: 32 codes of the text, 12 of the title, 1 facts, 1 revision: of its latest wording;
--               the revision's top bit says that it is forgotten
--   an alias    35 bytes: 16 paper id, 1 how many of the 128 codes agreed
--   a revision  36 bytes: 16 paper id, 1 as above, 1 revision
-- None is longer than 64 bytes, so that Redis keeps a bucket as a flat list. The top bit of an owner's
-- offset says that its record was read from unique: it is out, and equals no record that asks.

local prefix, call, sub, unpack = KEYS[1], redis.call, string.sub, struct.unpack
local PAPER, ALIAS, REVISION = 64, 35, 36
local FORGOTTEN = 128
-- Bits of a signature's facts (signature.py).
local HAS_ABSTRACT, TRUNCATED, LONG = 32, 64, 128
-- Names of buckets, made in one step: a script makes ten for each paper.
local BUCKET_OF_RECORDS, BUCKET_OF_KEYS = prefix .. 'r%d', prefix .. 'b%d'

local function text(number) return string.format('%d', number) end

-- run_id alone returns after a failover there and back; the nonce in the mark covers FLUSHALL.
local function lifetime()
  local run_id = string.match(call('INFO', 'server'), 'run_id:(%x+)')
  return run_id .. ':' .. string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
end

local function is_current(mark)
  local start = lifetime() .. ':'
  return sub(mark, 1, #start) == start and call('GET', prefix .. 'mark') == mark
end

local function holds_lock(token, since)
  return call('GET', prefix .. 'lock') == token and lifetime() == since
end

local function find(id, buckets)
  local bucket = string.format(BUCKET_OF_RECORDS, (unpack('>I4', id)) % buckets)
  local field = sub(id, 1, 8)
  local record = call('HGET', bucket, field)
  if record and #id == 16 and sub(record, 1, 8) ~= sub(id, 9, 16) then
    field = id
    record = call('HGET', bucket, field)
  end
  return record, bucket, field
end

-- Keys that decide by themselves (the title, identifiers) are kept whole; of a band's four bytes and its
-- bucket are enough, since what is found under it is compared.
local function key_place(signature, number, buckets)
  local at = 47 + 8 * number
  local high, low = unpack('>I4I4', signature, at)
  if high == 0 and low == 0 then return nil end
  local bucket = string.format(BUCKET_OF_KEYS, high % (8 * buckets))
  return bucket, sub(signature, number < 8 and at + 4 or at, at + 7)
end

local KINDS = {[PAPER] = 'papers', [ALIAS] = 'aliases', [REVISION] = 'revisions'}
local added = {}

-- Counts a record that came or went; `count_added`, at the end of a script, tells Redis once for all of them.
local function count(record, difference)
  local kind = KINDS[#record]
  added[kind] = (added[kind] or 0) + difference
end

local function count_added()
  for kind, difference in pairs(added) do call('HINCRBY', prefix .. 'counts', kind, text(difference)) end
end

local function owner_of(record) return sub(record, 9, 18) end

local function is_out(owner) return string.byte(owner, 3) >= 128 end

local function marked_out(record)
  if is_out(owner_of(record)) then return record end
  return sub(record, 1, 10) .. string.char(string.byte(record, 11) + 128) .. sub(record, 12)
end

local function revision_of(record) return string.byte(record, #record) % FORGOTTEN end

local function is_forgotten(paper) return string.byte(paper, PAPER) >= FORGOTTEN end

local function offset_of(owner)
  local high, low = unpack('>I4I4', owner, 3)
  return high * 4294967296 + low
end

local function lane_of(owner) return text((unpack('>I2', owner))) end

local function committed_of(lane)
  return tonumber(call('HGET', prefix .. 'committed', lane) or '-1')
end

-- What a signature says of its claim alone: its record replaces another, is no near copy whatever it is
-- like, or takes its paper down.
local function says(signature, bit_of) return string.byte(signature, 46) % (2 * bit_of) >= bit_of end

local REPLACES, STANDS_ALONE, FORGETS = 1, 2, 4
