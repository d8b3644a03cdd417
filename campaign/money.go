package campaign

// Money is an amount in 1/10,000 euro, so that prices such as 0.0485 € a
// message add up exactly.
type Money int64

// Euro is one euro.
const Euro Money = 10_000
