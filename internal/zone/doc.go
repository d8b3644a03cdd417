// Package zone looks up time zones in the data that is built into the program,
// and never in that of the machine. time.LoadLocation asks the machine first
// (ZONEINFO, /usr/share/zoneinfo), so two workers of one build could read one
// clock differently: a tick has its id from its moment in UTC, and was sent
// twice.
//
// zoneinfo.zip is that of the Go distribution: the IANA time zone database,
// release 2025c, which is in the public domain. A newer one comes with a newer
// Go and go generate.
package zone

//go:generate cp $GOROOT/lib/time/zoneinfo.zip zoneinfo.zip
