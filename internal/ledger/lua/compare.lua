-- Precedes every script that writes under compare-and-set.

local at = 0

-- take is the next argument, span where the items of the next list begin and
-- end: its length comes first.
local function take()
  at = at + 1
  return ARGV[at]
end

local function span()
  local first, n = at + 2, tonumber(ARGV[at + 1])
  at = at + 1 + n
  return first, at
end

-- applied reports whether a token's write was made before. tokens are those
-- of the run, divided by spaces; last is the one of the latest write.
local function applied(tokens, last, token)
  return last == token or string.find(' ' .. tokens .. ' ', ' ' .. token .. ' ', 1, true) ~= nil
end
