// Package input reads campaigns: from JSON objects, and from names and values as
// the cells of a CSV file, flags and edits by hand give them. It knows how people
// and programs write times, amounts and labels, refuses what could be meant in two
// ways, and collects every fault of a campaign on the way. All readers go through
// it, so that they know the same fields and refuse the same things.
//
// What a campaign may hold is decided by campaign.Campaign.Validate. How files are
// taken apart into lines, records and cells is the business of enqueue.
package input
