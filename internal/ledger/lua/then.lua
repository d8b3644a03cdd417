-- Then: what follows a commit in the same script, if that is applied. Its keys
-- and arguments stand behind the commit's, and behind them how many they are. Its
-- run is Redis's own, without the epoch of the ledger, which it does not know.
local function rest(list, from, n)
  return { unpack(list, from, from + n - 1) }
end
local answer = commit()
if answer[1] == 'applied' then
  local keys, args = number(ARGV[#ARGV - 1]), number(ARGV[#ARGV])
  answer[3] = follow(rest(KEYS, #KEYS - keys + 1, keys), rest(ARGV, #ARGV - args - 1, args), (string.gsub(answer[2][2], '%..*$', '')))
end
return answer
