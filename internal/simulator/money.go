package simulator

import "math"

// unitsPerEuro is how finely money is counted: in ten-thousandths, so that sums do not drift.
const unitsPerEuro = 10_000

// units is money in ten-thousandths of a euro.
type units int64

func unitsOf(euros float64) units { return units(math.Round(euros * unitsPerEuro)) }

func (u units) euros() float64 { return float64(u) / unitsPerEuro }
