-- Load: the moment in which a record was read. ARGV: what this process saw last of
-- the account, see moment.
local snapshot = moment(ARGV)
return snapshot or no_run_id()
