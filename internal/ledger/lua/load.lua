-- Load: the moment in which a record was read.
local told = moment()
return told
