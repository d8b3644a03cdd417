// Package resultstore keeps in Redis what Octopush reports: the last status of each
// number of a ticket, replies and opt-outs.
//
// What is reported is appended to a journal in one command of a request; Fold counts it.
// So a receiver answers at once, however much there is to count.
//
//	octoq:{a}:reports                 list   what is not counted yet
//	octoq:{a}:reports:meta            hash   the fingerprint of the key of numbers; counters
//	octoq:{a}:reports:unknown         zset   tickets that no campaign has, bounded
//	octoq:{a}:reports:open            zset   tickets whose results are not final
//	octoq:{a}:results:<ticket>        hash   what is counted; expires with the campaign
//	octoq:{a}:results:<ticket>:detail hash   13 bytes a number; dropped after a while
//	octoq:{a}:replies, :replies:at    hash, zset
//	octoq:{a}:optouts, :optouts:at    hash, zset   kept until they are deleted
//
// Numbers are hashed under a key that Redis does not have. Of a reply and an opt-out the
// number itself is kept, too, until it is deleted: the hash of the opt-out stays.
package resultstore
