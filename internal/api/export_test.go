package api

import "time"

// HurryBulks lets less time pass without a byte before a bulk request is broken off.
func (a *Endpoints) HurryBulks(patience time.Duration) { a.bulks.patience = patience }
