// Package window computes when a sending window is open: the arithmetic of days,
// hours, time zones with their changes of offset, and public holidays. How a
// window is written is campaign.ParseWindow's business, and what follows from
// it internal/stage's.
package window
