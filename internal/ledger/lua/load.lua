-- Load: the moment in which a record was read. ARGV: what this process saw last of
-- the account, see moment.
local told = moment(ARGV)
return told or no_run_id()
